"""Corpora of European languages and Hindi: made-up trees in their layouts."""

import zipfile

import pytest
import soundfile

from tests.helpers.clips import broken, noise, text


def test_m_ailabs(run, tmp_path):
    book = tmp_path / 'de_DE/by_book/female/eva_k/gruenes_haus'
    text(book / 'metadata.csv', 'haus_01_f000001|Das 1. Kapitel.|Das erste Kapitel – schön.\n'
         'haus_01_f000002|Leer|\nhaus_01_f000003|Kaputt|Kaputt\n')
    for i in (1, 2):
        noise(book / f'wavs/haus_01_f00000{i}.wav', 0.7)
    broken(book / 'wavs/haus_01_f000003.wav')
    other = tmp_path / 'de_DE/by_book/male/karlsson/skip_me'
    text(other / 'metadata.csv', 'skip_01_f000001|Nein|Nein\n')
    result = run('m-ailabs', tmp_path, '--language', 'de_DE', '--skiplist', 'skip_me')
    assert result.everything() == {'haus_01_f000001': 'das erste kapitel schön'}
    assert result.speakers() == {'haus_01_f000001': 'eva_k'}
    assert result.all_dropped() == {'empty transcript': 1, 'unreadable audio': 1}
    assert (tmp_path / 'de_DE/de_DE_train.csv').exists()


def test_mls(run, tmp_path):
    for split in ('train', 'dev', 'test'):
        base = tmp_path / 'mls_polish' / split
        text(base / 'transcripts.txt', '6892_10049_000000\tzaczerwienił się\n'
             '6892_10049_000001\t\n6892_10049_000002\tzły\n')
        for i in (0, 1):
            noise(base / f'audio/6892/10049/6892_10049_00000{i}.flac')
        broken(base / 'audio/6892/10049/6892_10049_000002.flac')
    result = run('mls', tmp_path, '--language', 'polish')
    for split in ('train', 'dev', 'test'):
        assert result.rows(split) == {'6892_10049_000000': 'zaczerwienił się'}
        assert result.speakers() == {'6892_10049_000000': '6892'}
        assert result.dropped(split) == {'empty transcript': 1, 'unreadable audio': 1}


def test_lingua_libre(run, tmp_path):
    base = tmp_path / 'lingua_libre/Q21-fra-French'
    noise(base / '0x010C/bonjour.ogg', rate=44100)
    noise(base / "0x010C/l'eau.ogg", rate=44100)
    noise(base / 'Anne/faux.ogg')
    noise(base / 'Anne/!!.ogg')
    broken(base / 'Anne/mauvais.ogg')
    bogus = text(tmp_path / 'bogus.txt', 'Anne/fau.*\n')
    result = run('lingua_libre', tmp_path, '--qId', 21, '--iso639-3', 'fra', '--english-name',
                 'French', '--bogus-records', bogus)
    assert result.everything() == {'bonjour': 'bonjour', "l'eau": "l'eau"}
    assert result.all_dropped() == {'in --bogus-records': 1, 'empty transcript': 1,
                                    'unreadable audio': 1}


def test_slr57(run, tmp_path):
    base = tmp_path / 'African_Accented_French'
    text(base / 'transcripts/train/yaounde/fn_text.txt',
         '/data/x/fn/a-0001.wav La soupe est bonne\n/data/x/fn/a-0002.tdf Où est-il ?\n')
    text(base / 'transcripts/train/ca16_read/conditioned.txt', 'b-0001 Bon\nb-0002 \n')
    text(base / 'speech/dev/niger_west_african_fr/niger_wav_file_name_transcript.tsv',
         'niger/n-01.wav\tBonjour l’ami\n')
    for name in ('yaounde/fn/a-0001', 'yaounde/fn/a-0002', 'ca16/b-0002', 'ca16/c-no-text'):
        noise(base / f'speech/train/{name}.wav')
    broken(base / 'speech/train/ca16/b-0001.wav')
    noise(base / 'speech/dev/niger_west_african_fr/niger/n-01.wav')
    result = run('slr57', tmp_path)
    assert result.rows('train') == {'a-0001': 'la soupe est bonne', 'a-0002': 'où est il'}
    assert result.rows('dev') == {'n-01': "bonjour l'ami"}
    assert result.dropped('train') == {'empty transcript': 2, 'unreadable audio': 1}


def test_atthack(run, tmp_path):
    base = tmp_path / 'Volumes/CLEM_HDD/IRCAM/Open_SLR'
    for speaker in range(1, 21):
        name = f'{"FM"[speaker % 2]}{speaker:02}_a1_s001_v01'
        text(base / f'txt/{name}.txt', 'Bonjour, les amis !\n')
        noise(base / f'wav/{name}.wav', 1, rate=44100)
    for name, secs in (('F02_a2_s001_v01', 0.8), ('F02_a2_s001_v02', 11), ('F02_a3_s001_v01', 1)):
        noise(base / f'wav/{name}.wav', secs)
    for name in ('F02_a2_s001_v01', 'F02_a2_s001_v02', 'M03_a2_s001_v01'):
        text(base / f'txt/{name}.txt', 'Oui')
    broken(base / 'wav/M03_a2_s001_v01.wav')
    text(base / 'txt/noname.txt', 'Non')
    noise(base / 'wav/noname.wav', 1)
    result = run('atthack', tmp_path)
    parts = [set(result.rows(split)) for split in ('train', 'dev', 'test')]
    assert len(set.union(*parts)) == sum(map(len, parts)) == 20 and all(parts)
    assert set(result.everything().values()) == {'bonjour les amis'}
    assert all(name.startswith(f'{who}_') for name, who in result.speakers().items())
    assert result.all_dropped() == {'unreadable transcript': 1, 'shorter than 0.85 s': 1,
                                    'longer than 10 s': 1, 'unreadable audio': 1,
                                    'unexpected name': 1}
    assert (tmp_path / 'Att-HACK_train.csv').exists()
    kept = run('atthack', tmp_path, '--min_sec', 0.5, '--max_sec', 12)
    assert len(kept.everything()) == 22


def takeout(folder, where='clips'):
    """Make the two files that Common Voice sends; one clip is missing."""
    text(folder / 'metadata.txt', 'original_sentence_id\tsentence\tlocale\tage\n'
         'a1\tSchöne Grüße!\tde\t\nb2\tIşık\ttr\t\nc3\t\tde\t\nd4\tWeg\tde\t\n')
    with zipfile.ZipFile(folder / 'clips.zip', 'w') as archive:
        for name in ('a1', 'b2', 'c3'):
            clip = noise(folder / f'{name}.mp3', rate=48000)
            archive.write(clip, f'{where}/{name}.mp3')
            clip.unlink()


@pytest.mark.parametrize('where', ['clips', '.', 'takeout'])
@pytest.mark.parametrize('alone', [False, True])
def test_cv_personal(run, tmp_path, where, alone):
    """By its two files, or the folder of both, whatever folder the archive has inside."""
    takeout(tmp_path, where)
    given = [tmp_path] if alone else [tmp_path / 'metadata.txt', tmp_path / 'clips.zip']
    result = run('cv_personal', *given)
    assert result.rows('data') == {'a1': 'schöne grüße', 'b2': 'ışık'}
    assert result.all_dropped() == {'empty transcript': 1, 'missing file': 1}
    assert (tmp_path / 'clips/data.csv').exists()
    assert not list(tmp_path.glob('*.mp3'))


def test_cv_personal_for_languages_without_spaces(run, tmp_path):
    takeout(tmp_path)
    result = run('cv_personal', tmp_path, '--space_after_every_character')
    assert result.rows('data')['b2'] == 'ı ş ı k'


def test_cv_personal_without_its_files(run, tmp_path):
    text(tmp_path / 'metadata.txt', 'original_sentence_id\tsentence\na\tb\n')
    told = run('cv_personal', tmp_path / 'metadata.txt', tmp_path / 'clips.zip', status=1).stderr
    assert 'download your data from your profile' in told and told.count('\n') == 1
    takeout(tmp_path)
    text(tmp_path / 'metadata.txt', 'id\tsentence\na\tb\n')
    assert "has no column 'original_sentence_id'" in run('cv_personal', tmp_path, status=1).stderr


def test_ts(run, tmp_path):
    base = tmp_path / 'ts_2019-04-11_fr_FR'
    text(base / 'data.csv', 'path,duration,text\nvampire/1.wav,0.7,"Il se leva, tout d’un coup."\n'
         'vampire/2.wav,0.7,\nvampire/3.wav,0.7,Mauvais\n')
    noise(base / 'vampire/1.wav', 0.7, rate=44100)
    noise(base / 'vampire/2.wav', 0.7)
    broken(base / 'vampire/3.wav')
    result = run('ts', tmp_path)
    assert result.everything() == {'1': "il se leva tout d'un coup"}
    assert result.all_dropped() == {'empty transcript': 1, 'unreadable audio': 1}


def test_tuda(run, tmp_path):
    base = tmp_path / 'german-speechdata-package-v2/train'
    xml = '<recording><sentence>x</sentence><cleaned_sentence>{}</cleaned_sentence></recording>'
    for i, words in enumerate(('Viel CO2, sagt er', '', 'Kaputt'), 1):
        text(base / f'2014-0{i}.xml', xml.format(words))
        noise(base / f'2014-0{i}_Kinect-Beam.wav')
    noise(base / '2014-01_Samson.wav')
    broken(base / '2014-03_Kinect-Beam.wav')
    text(base / '2014-04.xml', '<recording>')
    noise(base / '2014-04_Samson.wav')
    result = run('tuda', tmp_path)
    assert result.rows('train') == {'2014-01_Kinect-Beam': 'viel c o zwei sagt er',
                                    '2014-01_Samson': 'viel c o zwei sagt er'}
    assert result.dropped('train') == {'empty transcript': 1, 'unreadable transcript': 1,
                                       'unreadable audio': 1}
    only = run('tuda', tmp_path, '--microphones', 'Samson')
    assert list(only.rows('train')) == ['2014-01_Samson']
    assert (tmp_path / 'tuda-v2-train.csv').exists()


def test_gram_vaani(run, tmp_path):
    base = tmp_path / 'GV_Train_100h'
    text(base / 'text', '01-1 नमस्कार साथियों <bg>\n01-2 \n01-3 खराब\n')
    noise(base / 'Audio/01-1.mp3', rate=8000)
    noise(base / 'Audio/01-2.mp3', rate=8000)
    broken(base / 'Audio/01-3.mp3')
    result = run('gram_vaani', tmp_path, '--splits', 'train')
    assert result.rows('train') == {'01-1': 'नमस्कार साथियों'}
    assert result.dropped('train') == {'empty transcript': 1, 'unreadable audio': 1}


def test_gram_vaani_first_release(run, tmp_path):
    """A list of addresses; one that is gone costs one clip."""
    good = noise(tmp_path / 'server/good.mp3', rate=16000)
    table = text(tmp_path / 'gv.csv',
                 "piece_id,audio_url,transcript_labelled,transcript,labels,content_filename,"
                 "audio_length,user_id\n"
                 f"1,{good.as_uri()},x,नमस्कार,,a,1,7\n"
                 f"2,{good.as_uri().replace('good', 'gone')},x,साथियों,,b,1,7\n")
    result = run('gram_vaani', tmp_path / 'out', '--csv_filename', table)
    assert result.everything() == {'good': 'नमस्कार'}
    assert result.all_dropped() == {'missing file': 1}
    assert 'gone.mp3' in result.stderr


def test_swc(run, tmp_path):
    article = tmp_path / 'german/Art_deco'
    noise(article / 'audio1.ogg', 4, rate=44100)
    noise(article / 'audio2.ogg', 4, rate=44100)

    def sentence(*words):
        return '<s>' + ''.join(
            f'<t text="{w}"><n pronunciation="{w.lower()}"'
            + (f' start="{a}" end="{b}"' if b else '') + '/></t>' for w, a, b in words
        ) + '<t text="."/></s>'

    text(article / 'aligned.swc', "<article><meta><prop key='reader.name' value='Ann'/></meta><d>"
         + sentence(('Das', 500, 900), ('Wort', 900, 1400))
         + sentence(('Vor', 2000, 2500), ('unklar', 0, 0), ('Nach', 3000, 3500))
         + sentence(('Zweite', 5000, 5600), ('Datei', 5600, 6000)) + '</d></article>')
    text(tmp_path / 'german/Leer/aligned.swc',
         '<article><d>' + sentence(('Weg', 0, 500)) + '</d></article>')
    broken(tmp_path / 'german/Leer/audio.ogg')
    text(tmp_path / 'german/Kaputt/aligned.swc', '<article>')
    result = run('swc', tmp_path, '--language', 'german')
    assert result.everything() == {
        'audio1-0000500-0001400': 'das wort', 'audio1-0002000-0002500': 'vor',
        'audio1-0003000-0003500': 'nach', 'audio2-0001000-0002000': 'zweite datei'}
    assert result.all_dropped() == {'unreadable audio': 1, 'unreadable transcript': 1}
    long = [(f'w{i}', 1000 * i, 1000 * i + 900) for i in range(40)]
    text(article / 'aligned.swc', '<article><d>' + sentence(*long) + '</d></article>')
    noise(article / 'audio1.ogg', 41)
    rules = text(tmp_path / 'rules.py', 'validate_label = str.strip')
    pieces = run('swc', tmp_path, '--language', 'german', '--validate_label_locale', rules
                 ).everything()
    assert [len(words.split()) for words in pieces.values()] == [15, 15, 10]


def test_ccpmf(run, tmp_path):
    name = 'transcriptionsXML_audioMP3_MEFR_CCPMF_2012-2020'
    source = tmp_path / 'source'
    noise(source / '20181017_Innovation_750.mp3', 8)
    noise(source / '20181017_Autre_750.mp3', 1)
    text(source / '20181017_Innovation.xml', '<doc>'
         '<row timestamp="0.5" timedur="1.0">Bonjour à tous, </row>'
         '<row timestamp="1.6" timedur="1.0">50 % de plus</row>'
         '<row timestamp="3.0" timedur="1.0">l’économie + 2 % </row>'
         '<row timestamp="4.5" timedur="1.0">cent % B2B</row>'
         '<row timestamp="7.0" timedur="0.5"/></doc>')
    text(source / '20190101_Perdu.xml', '<doc><row timestamp="0" timedur="1">perdu</row></doc>')
    with zipfile.ZipFile(tmp_path / 'inner.zip', 'w') as z:
        for path in source.iterdir():
            z.write(path, f'{name}/{path.name}')
    with zipfile.ZipFile(tmp_path / 'outer.zip', 'w') as z:
        z.write(tmp_path / 'inner.zip', f'{name}.zip')
    data = (tmp_path / 'outer.zip').read_bytes()
    piece = 'transcriptionsxml_audiomp3_mefr_ccpmf_2012-2020_2.zip'
    out = tmp_path / 'out'
    text(out / 'ccpmf.csv', 'Fichier\n\"http://127.0.0.1:9/1\"\n\"http://127.0.0.1:9/2\"\n')
    (out / f'{piece}.001').write_bytes(data[:5000])
    (out / f'{piece}.002').write_bytes(data[5000:])
    result = run('ccpmf', out)
    assert result.everything() == {'20181017_Innovation-0004500-0005500': 'cent pour cent b to b'}
    assert result.all_dropped() == {'digits': 2, 'empty transcript': 1, 'missing file': 1}
    wav = next((out / 'ccpmf-wav').rglob('*.wav'))
    assert soundfile.info(wav).frames == 16000
