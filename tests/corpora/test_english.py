"""English corpora: made-up trees in their layouts, and the real archives where they are."""

import shutil
import tarfile

import pytest
import soundfile

from tests.helpers.clips import broken, noise, text


def test_ldc93s1(run, tmp_path):
    noise(tmp_path / 'LDC93S1.wav', 2.9)
    text(tmp_path / 'LDC93S1.txt',
         '0 46797 She had your dark suit in greasy wash water all year. \n')
    result = run('ldc93s1', tmp_path)
    assert result.rows('sample') == {
        'LDC93S1': 'she had your dark suit in greasy wash water all year'}
    assert (tmp_path / 'ldc93s1.csv').read_text().splitlines()[1].startswith('LDC93S1.wav,')


def test_ldc93s1_real(run, tmp_path, shared_data):
    for name in ('LDC93S1.wav', 'LDC93S1.txt'):
        shutil.copy(f'{shared_data}/ldc93s1/{name}', tmp_path)
    run('ldc93s1', tmp_path)
    assert (tmp_path / 'ldc93s1.csv').read_text() == (
        'wav_filename,wav_filesize,transcript\n'
        'LDC93S1.wav,93638,she had your dark suit in greasy wash water all year\n')


def test_an4(run, tmp_path):
    etc, wav = tmp_path / 'an4/etc', tmp_path / 'an4/wav'
    ids = ['an4_clstk/ann/a1-ann-b', 'an4_clstk/bob/b1-bob-b', 'an4_clstk/bob/b2-bob-b',
           'an4_clstk/bob/b3-bob-b', 'an4_clstk/bob/b4-bob-b']
    text(etc / 'an4_train.fileids', '\n'.join(ids))
    text(etc / 'an4_train.transcription',
         '<s> YES </s> (a1-ann-b)\n<s> U M N SIX </s> (b1-bob-b)\n<s>  </s> (b2-bob-b)\n'
         '<s> NO </s> (b3-bob-b)\n')
    text(etc / 'an4_test.fileids', 'an4test_clstk/eve/e1-eve-b\n')
    text(etc / 'an4_test.transcription', 'RUBOUT G <sil> M (e1-eve-b)\n')
    for name in [*ids[:3], ids[4], 'an4test_clstk/eve/e1-eve-b']:
        noise(wav / f'{name}.sph')
    broken(wav / f'{ids[3]}.sph')
    result = run('an4', tmp_path)
    assert result.rows('dev') == {'a1-ann-b': 'yes'}
    assert result.rows('train') == {'b1-bob-b': 'u m n six'}
    assert result.rows('test') == {'e1-eve-b': 'rubout g m'}
    assert result.dropped('train') == {'empty transcript': 2, 'unreadable audio': 1}
    assert result.speakers() == {'a1-ann-b': 'ann', 'b1-bob-b': 'bob', 'e1-eve-b': 'eve'}


def test_an4_real(run, tmp_path, shared_data):
    result = run('an4', tmp_path, '--url', f'{shared_data}/an4/an4_sphere.tar.gz', '--limit', 40)
    assert len(result.rows('train')) == 40
    assert result.rows('test')['an406-fcaw-b'] == 'rubout g m e f three nine'
    assert result.dropped('train') == {}


def test_fsdd_real(run, tmp_path, shared_data):
    archive = f'{shared_data}/fsdd/free-spoken-digit-dataset-master.zip'
    result = run('fsdd', tmp_path, '--url', archive, '--limit', 50)
    rows = result.rows('test')
    assert len(rows) == 50 and rows['0_george_0'] == 'zero' and rows['1_lucas_4'] == 'one'
    assert all(f'_{who}_' in name for name, who in result.speakers().items())


def test_librivox(run, tmp_path):
    chapter = tmp_path / 'LibriSpeech/dev-clean/84/121123'
    text(chapter / '84-121123.trans.txt',
         "84-121123-0000 GO DO YOU HEAR\n84-121123-0001 THE DOG'S BONE\n"
         "84-121123-0002 BROKEN\n84-121123-0003 \n84-121123-0004 MISSING\n")
    for i in (0, 1, 3):
        noise(chapter / f'84-121123-000{i}.flac')
    broken(chapter / '84-121123-0002.flac')
    result = run('librivox', tmp_path, '--splits', 'dev-clean')
    assert result.rows('dev-clean') == {'84-121123-0000': 'go do you hear',
                                        '84-121123-0001': "the dog's bone"}
    assert result.dropped('dev-clean') == {'unreadable audio': 1, 'empty transcript': 1,
                                           'missing file': 1}
    assert (tmp_path / 'librivox-dev-clean.csv').exists()
    assert result.speakers() == {'84-121123-0000': '84', '84-121123-0001': '84'}


def test_ted(run, tmp_path):
    for split in ('train', 'dev', 'test'):
        base = tmp_path / 'TEDLIUM_release2' / split
        noise(base / 'sph/AlGore_2009.sph', 4)
        text(base / 'stm/AlGore_2009.stm',
             "AlGore_2009 1 AlGore_2009 0.00 0.40 <o,f0,unknown> ignore_time_segment_in_scoring\n"
             "AlGore_2009 1 AlGore_2009 0.50 1.50 <o,f0,male> i 'm <sil> going(2) {NOISE} on\n"
             "AlGore_2009 1 AlGore_2009 1.50 2.50 <o,f0,male> the dogs ' bone it 's {BREATH}\n"
             "AlGore_2009 1 AlGore_2009 2.50 3.00 <o,f0,male> what <unk> said\n"
             "AlGore_2009 1 AlGore_2009 3.00 3.50 {COUGH}\n"
             "AlGore_2009 1 AlGore_2009 3.50 9.50 <o,f0,male> too far\n")
        broken(base / 'sph/Bad_2010.sph')
        text(base / 'stm/Bad_2010.stm', 'Bad_2010 1 Bad_2010 1 2 <o,f0,male> words\n')
    result = run('ted', tmp_path)
    for split in ('train', 'dev', 'test'):
        assert result.rows(split) == {'AlGore_2009-0000500-0001500': "i'm going on",
                                      'AlGore_2009-0001500-0002500': "the dogs bone it's"}
        assert result.dropped(split) == {'marked as unclear': 1, 'empty transcript': 1,
                                         'audio cut short': 1, 'unreadable audio': 1}
    wav = tmp_path / 'ted-wav/dev/AlGore_2009-0000500-0001500.wav'
    original, _ = soundfile.read(tmp_path / 'TEDLIUM_release2/dev/sph/AlGore_2009.sph', 16000,
                                 8000, dtype='int16')
    assert (soundfile.read(wav, dtype='int16')[0] == original).all()


def test_swb(run, tmp_path):
    base = tmp_path / 'LDC97S62'
    noise(base / 'swb1_d1/data/sw02001.sph', 8, rate=8000, channels=2)
    broken(base / 'swb1_d2/sw02002.sph')
    trans = base / 'swb_ms98_transcriptions/20'
    text(trans / '2001/sw2001A-ms98-a-trans.text',
         "sw2001A-ms98-a-0001 0.000000 0.977625 [silence]\n"
         "sw2001A-ms98-a-0002 1.0 3.0 uh-huh [laughter] i- wi[th]- -[ex]cept it's [laughter-fun]\n"
         "sw2001A-ms98-a-0003 3.0 5.0 <b_aside> about_1 {cannonking} [hou/how] <e_aside>\n"
         "sw2001A-ms98-a-0004 5.0 6.0 [vocalized-noise]\n")
    text(trans / '2001/sw2001B-ms98-a-trans.text',
         'sw2001B-ms98-a-0001 1.0 3.0 [noise] yes\n')
    text(trans / '2002/sw2002A-ms98-a-trans.text', 'sw2002A-ms98-a-0001 0 1 lost\n')
    result = run('swb', tmp_path)
    assert result.rows('train') == {
        'sw2001A-ms98-a-0002-0001000-0003000': "uh huh it's fun",
        'sw2001A-ms98-a-0003-0003000-0005000': 'about cannonking how',
        'sw2001B-ms98-a-0001-0001000-0003000': 'yes'}
    assert result.dropped('train') == {'empty transcript': 1, 'unreadable audio': 1}
    loud, soft = (soundfile.read(tmp_path / f'swb-wav/train/sw2001{side}-0001000-0003000.wav')[0]
                  for side in ('A-ms98-a-0002', 'B-ms98-a-0001'))
    assert loud.std() > 3 * soft.std(), 'side B is the second channel'


def test_fisher(run, tmp_path):
    noise(tmp_path / 'LDC2004S13/d1/audio/000/fe_03_00001.sph', 10, rate=8000, channels=2)
    trans = tmp_path / 'LDC2004T19/fe_03_p1_tran/data/trans/000'
    text(trans / 'fe_03_00001.txt',
         "# fe_03_00001.sph\n# Transcribed at the LDC\n\n"
         "0.50 2.00 A: hi um my name is b. j.\n"
         "2.00 4.00 B: [laughter] th- that's uh-huh [noise]\n"
         "4.00 5.00 A: ((carol)) yes\n5.00 6.00 B: [[skip]]\n6.00 7.00 A: [sigh]\n"
         "7.00 7.20 B: far too many words for this little time\n")
    broken(tmp_path / 'LDC2004S13/d1/audio/000/fe_03_00002.sph')
    text(trans / 'fe_03_00002.txt', '1.0 2.0 A: lost\n')
    result = run('fisher', tmp_path)
    assert result.rows('train') == {
        'fe_03_00001-A-0000500-0002000': 'hi um my name is b j',
        'fe_03_00001-B-0002000-0004000': "that's uh huh"}
    assert result.dropped('train') == {
        'marked as unclear': 2, 'empty transcript': 1, 'too short for its transcript': 1,
        'unreadable audio': 1}


@pytest.mark.parametrize('name, words', [
    ('swb', 'buy it at https://catalog.ldc.upenn.edu/LDC97S62'),
    ('fisher', 'LDC2004T19'), ('timit', 'LDC93S1')])
def test_bought_corpora_say_where(run, tmp_path, name, words):
    assert words in run(name, tmp_path, status=1).stderr


def test_ljspeech(run, tmp_path):
    base = tmp_path / 'LJSpeech-1.1'
    lines = [f'LJ001-{i:04d}|Clip No. {i}|Clip number one' for i in range(1, 21)]
    lines[2] = 'LJ001-0003|the year 1818|the year eighteen eighteen (\"so\")'
    lines[3] = 'LJ001-0004||'
    text(base / 'metadata.csv', '\n'.join(lines))
    for i in range(1, 6):
        noise(base / f'wavs/LJ001-{i:04d}.wav', 0.7, rate=22050)
    broken(base / 'wavs/LJ001-0005.wav')
    result = run('ljspeech', tmp_path, '--limit', 3)
    assert result.rows('dev') == {'LJ001-0001': 'clip number one'}
    assert result.rows('test') == {'LJ001-0002': 'clip number one'}
    assert result.rows('train') == {'LJ001-0003': 'the year eighteen eighteen so'}
    assert result.dropped('train') == {'empty transcript': 1, 'unreadable audio': 1}


def test_timit(run, tmp_path):
    base = tmp_path / 'TIMIT'
    for speaker, wav in (('TRAIN/DR1/FCJF0', 'SX37.WAV'), ('TRAIN/DR1/FCJF0', 'SA1.WAV'),
                         ('TRAIN/DR1/FCJF0', 'SI1.WAV'), ('TEST/DR1/MDAB0', 'SX9.WAV'),
                         ('TEST/DR2/FXYZ0', 'SX9.WAV'), ('TRAIN/DR1/FCJF0', 'SI2.WAV')):
        noise(base / speaker / wav.replace('.WAV', '.sph'), 0.7).rename(base / speaker / wav)
        text(base / speaker / wav.replace('WAV', 'TXT'), '0 46797 She had; your \"dark\" suit.\n')
    broken(base / 'TRAIN/DR1/FCJF0/SI1.WAV')
    text(base / 'TRAIN/DR1/FCJF0/SI2.TXT', '0 46797 \n')
    result = run('timit', tmp_path)
    assert result.rows('train') == {'FCJF0_SX37': 'she had your dark suit'}
    assert list(result.rows('test')) == ['MDAB0_SX9'] and list(result.rows('dev')) == ['FXYZ0_SX9']
    assert result.dropped('train') == {'unreadable audio': 1, 'empty transcript': 1}
    assert (tmp_path / 'timit_train.csv').exists()
    assert result.speakers() == {'FCJF0_SX37': 'FCJF0', 'MDAB0_SX9': 'MDAB0',
                                 'FXYZ0_SX9': 'FXYZ0'}


def test_cv(run, tmp_path):
    base = tmp_path / 'cv_corpus_v1'
    text(base / 'cv-valid-dev.csv',
         'filename,text,up_votes,down_votes,age,gender,accent,duration\n'
         'cv-valid-dev/sample-000000.mp3,"be careful, with it",1,0,,,,\n'
         'cv-valid-dev/sample-000001.mp3,broken,1,0,,,,\n'
         'cv-valid-dev/sample-000002.mp3,,1,0,,,,\n')
    noise(base / 'cv-valid-dev/sample-000000.mp3', 0.7, rate=44100)
    noise(base / 'cv-valid-dev/sample-000002.mp3', rate=48000)
    broken(base / 'cv-valid-dev/sample-000001.mp3')
    result = run('cv', tmp_path, '--splits', 'cv-valid-dev')
    assert result.rows('cv-valid-dev') == {'sample-000000': 'be careful with it'}
    assert result.dropped('cv-valid-dev') == {'unreadable audio': 1, 'empty transcript': 1}
    assert (tmp_path / 'cv-valid-dev.csv').exists()


def test_cv2(run, tmp_path):
    """Columns move between versions; a quote in a sentence is only a character."""
    text(tmp_path / 'train.tsv', 'client_id\tpath\tsentence_id\tsentence\tup_votes\n'
         'x\tcommon_voice_de_1.mp3\t9\tSagte er: "Schön!\t2\n'
         'x\tcommon_voice_de_2\t9\tUm 12 Uhr.\t2\nx\tcommon_voice_de_3.mp3\t9\t\t2\n'
         'x\tcommon_voice_de_4.mp3\t9\tKaputt\t2\n')
    text(tmp_path / 'validated.tsv', 'path\tsentence\ncommon_voice_de_1.mp3\tJa.\n')
    for i in (1, 2, 3):
        noise(tmp_path / f'clips/common_voice_de_{i}.mp3', rate=48000)
    broken(tmp_path / 'clips/common_voice_de_4.mp3')
    result = run('cv2', tmp_path)
    assert result.rows('train') == {'common_voice_de_1': 'sagte er schön'}
    assert result.speakers()['common_voice_de_1'] == 'x'
    assert result.dropped('train') == {'digits': 1, 'empty transcript': 1, 'unreadable audio': 1}
    assert (tmp_path / 'clips/train.csv').exists()
    assert run('cv2', tmp_path, '--splits', 'train', '--normalize').rows('train') == {
        'common_voice_de_1': 'sagte er schon'}
    assert run('cv2', tmp_path, '--splits', 'validated', '--space_after_every_character'
               ).rows('validated') == {'common_voice_de_1': 'j a'}


def test_cv_spontaneous(run, tmp_path):
    """One table for all splits, with what volunteers have marked; more columns since version 3."""
    text(tmp_path / 'ss-corpus-tr.tsv', 'client_id\taudio_id\taudio_file\tduration_ms\tprompt_id\t'
         'prompt\ttranscription\tvotes\tage\tlanguage\tis_edited\tsplit\tquality_tags\n'
         'x\t1\tspontaneous-speech-tr-1.mp3\t800\t7\tNe?\t[noise] Irmak "[disfluency] ılık.\t2\t'
         '\tTurkish\t0\ttrain\t\n'
         'x\t2\tspontaneous-speech-tr-2.mp3\t800\t7\tNe?\t[noise]\t2\t\tTurkish\t0\ttrain\t\n'
         'x\t3\tspontaneous-speech-tr-3.mp3\t800\t7\tNe?\tEvet\t2\t\tTurkish\t0\ttrain\t\n'
         'x\t4\tspontaneous-speech-tr-4.mp3\t800\t7\tNe?\tHayır\t2\t\tTurkish\t0\tdev\t\n'
         'x\t5\tspontaneous-speech-tr-5.mp3\t800\t7\tNe?\tBelki\t2\t\tTurkish\t0\tunassigned\t\n')
    text(tmp_path / 'ss-reported-audios-tr.tsv', 'client_id\taudio_id\taudio_file\nx\t9\tx.mp3\n')
    for i in (1, 2, 4, 5):
        noise(tmp_path / f'audios/spontaneous-speech-tr-{i}.mp3', rate=48000)
    result = run('cv_spontaneous', tmp_path)
    assert result.rows('train') == {'spontaneous-speech-tr-1': 'ırmak ılık'}
    assert result.dropped('train') == {'empty transcript': 1, 'missing file': 1}
    assert result.rows('dev') == {'spontaneous-speech-tr-4': 'hayır'}
    assert run('cv_spontaneous', tmp_path, '--splits', 'unassigned').rows('unassigned') == {
        'spontaneous-speech-tr-5': 'belki'}


def test_voxforge(run, tmp_path):
    text(tmp_path / 'voxforge/ann-20100710-hne/etc/PROMPTS',
         'ann-20100710-hne/mfc/ar-01 AUTHOR OF THE TRAIL\nann-20100710-hne/mfc/ar-02 BROKEN\n'
         'ann-20100710-hne/mfc/ar-03\n')
    noise(tmp_path / 'voxforge/ann-20100710-hne/wav/ar-01.wav')
    noise(tmp_path / 'voxforge/ann-20100710-hne/wav/ar-03.wav')
    broken(tmp_path / 'voxforge/ann-20100710-hne/wav/ar-02.wav')
    text(tmp_path / 'voxforge/train/bob-20100710-xyz/etc/PROMPTS',
         "bob-20100710-xyz/mfc/b0001 IT'S FINE\n")
    noise(tmp_path / 'voxforge/train/bob-20100710-xyz/flac/b0001.flac')
    result = run('voxforge', tmp_path)
    assert result.rows('train') == {'ar-01': 'author of the trail', 'b0001': "it's fine"}
    assert result.speakers() == {'ar-01': 'ann', 'b0001': 'bob'}
    assert result.dropped('train') == {'unreadable audio': 1, 'empty transcript': 1}


def test_voxforge_fetches_what_the_list_names(run, tmp_path):
    server = tmp_path / 'server'
    session = tmp_path / 'ann-20100710-hne'
    text(session / 'etc/PROMPTS', 'ann-20100710-hne/mfc/ar-01 YES\n')
    noise(session / 'wav/ar-01.wav')
    server.mkdir()
    with tarfile.open(server / 'ann-20100710-hne.tgz', 'w:gz') as tar:
        tar.add(session, session.name)
    index = text(tmp_path / 'data/voxforge/index.html',
                 '<a href="../">up</a> <a href="ann-20100710-hne.tgz">ann</a>')
    (server / 'voxforge/archive').mkdir(parents=True)
    (server / 'ann-20100710-hne.tgz').rename(server / 'voxforge/archive/ann-20100710-hne.tgz')
    assert index.exists()
    result = run('voxforge', tmp_path / 'data', '--url', server.as_uri() + '/')
    assert result.rows('train') == {'ar-01': 'yes'}


def test_vctk(run, tmp_path):
    new, old = tmp_path / 'VCTK-Corpus-0.92', tmp_path / 'VCTK-Corpus'
    for i, words in enumerate(('Please call Stella.', '', 'Broken', 'Missing'), 1):
        text(new / f'txt/p225/p225_00{i}.txt', words + '\n')
    for i in (1, 2):
        noise(new / f'wav48_silence_trimmed/p225/p225_00{i}_mic1.flac', rate=48000)
        noise(new / f'wav48_silence_trimmed/p225/p225_00{i}_mic2.flac', rate=48000)
    broken(new / 'wav48_silence_trimmed/p225/p225_003_mic1.flac')
    text(old / 'txt/p226/p226_001.txt', 'Ask her.\n')
    noise(old / 'wav48/p226/p226_001.wav', rate=48000)
    result = run('vctk', tmp_path)
    assert result.everything() == {'p225_001': 'please call stella', 'p226_001': 'ask her'}
    assert result.speakers() == {'p225_001': 'p225', 'p226_001': 'p226'}
    assert result.all_dropped() == {'empty transcript': 1, 'unreadable audio': 1,
                                    'missing file': 1}
