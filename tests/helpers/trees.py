"""A small tree of each corpus with one good clip."""

import shutil

from tests.helpers.clips import noise, text

SPHERE = {'rate': 8000, 'channels': 2}
CCPMF = 'transcriptionsXML_audioMP3_MEFR_CCPMF_2012-2020'


def aidatatang(folder):
    base = folder / 'aidatatang_200zh'
    text(base / 'transcript/aidatatang_200_zh_transcript.txt', 'T0055G0013S0001 好\n')
    noise(base / 'corpus/train/G0013/T0055G0013S0001.wav')


def aishell(folder):
    base = folder / 'data_aishell'
    text(base / 'transcript/aishell_transcript_v0.8.txt', 'BAC009S0002W0122 好\n')
    noise(base / 'wav/train/S0002/BAC009S0002W0122.wav')


def an4(folder):
    for part, file_id in (('train', 'an4_clstk/bob/b1-bob-b'),
                          ('test', 'an4test_clstk/eve/e1-eve-b')):
        text(folder / f'an4/etc/an4_{part}.fileids', file_id + '\n')
        text(folder / f'an4/etc/an4_{part}.transcription', f'YES ({file_id[-8:]})\n')
        noise(folder / f'an4/wav/{file_id}.sph')


def arabic_commands(folder):
    base = folder / 'arabic-speech-commands-dataset-master'
    for name, part in (('train', '00000001'), ('val', '00000002'), ('test', '00000003')):
        text(base / f'{name}.csv', f'file,class\ndataset/zoom out/{part}_NO_01.wav,zoom out\n')
        noise(base / f'dataset/zoom out/{part}_NO_01.wav')


def atthack(folder):
    base = folder / 'Volumes/CLEM_HDD/IRCAM/Open_SLR'
    text(base / 'txt/F01_a1_s001_v01.txt', 'Bonjour !')
    noise(base / 'wav/F01_a1_s001_v01.wav', 1)


def ccpmf(folder):
    noise(folder / CCPMF / '20181017_Innovation_750.mp3', 8)
    text(folder / CCPMF / '20181017_Innovation.xml',
         '<doc>\n<row timestamp="0.5" timedur="1.0">bonjour</row>\n</doc>')


def cv(folder):
    text(folder / 'cv_corpus_v1/cv-valid-dev.csv', 'filename,text,up_votes\n'
         'cv-valid-dev/sample-000000.mp3,be careful,1\n')
    noise(folder / 'cv_corpus_v1/cv-valid-dev/sample-000000.mp3')


def cv2(folder):
    text(folder / 'train.tsv', 'path\tsentence\tup_votes\ncommon_voice_de_1.mp3\tJa.\t2\n')
    noise(folder / 'clips/common_voice_de_1.mp3')


def cv_personal(folder):
    text(folder / 'metadata.txt', 'original_sentence_id\tsentence\tlocale\na1\tJa.\tde\n')
    noise(folder / 'clips/a1.mp3')


def cv_spontaneous(folder):
    text(folder / 'ss-corpus-de.tsv', 'audio_file\ttranscription\tsplit\n'
         'spontaneous-speech-de-1.mp3\tJa.\ttrain\n')
    noise(folder / 'audios/spontaneous-speech-de-1.mp3')


def fisher(folder):
    noise(folder / 'LDC2004S13/d1/audio/000/fe_03_00001.sph', 10, **SPHERE)
    text(folder / 'LDC2004T19/fe_03_p1_tran/data/trans/000/fe_03_00001.txt',
         '# fe_03_00001.sph\n0.50 2.00 A: hi um my name is\n')


def freestmandarin(folder):
    text(folder / 'ST-CMDS-20170001_1-OS/20170001P00001A0001.txt', '我找到了')
    noise(folder / 'ST-CMDS-20170001_1-OS/20170001P00001A0001.wav')


def fsdd(folder):
    noise(folder / 'free-spoken-digit-dataset-master/recordings/1_ann_10.wav')


def gram_vaani(folder):
    for part in ('GV_Train_100h', 'GV_Dev_5h', 'GV_Eval_3h'):
        text(folder / part / 'text', '01-1 नमस्कार\n')
        noise(folder / part / 'Audio/01-1.mp3')


def ldc93s1(folder):
    noise(folder / 'LDC93S1.wav')
    text(folder / 'LDC93S1.txt', '0 46797 She had.\n')


def librivox(folder):
    chapter = folder / 'LibriSpeech/dev-clean/84/121123'
    text(chapter / '84-121123.trans.txt', '84-121123-0000 GO ON\n')
    noise(chapter / '84-121123-0000.flac')


def lingua_libre(folder):
    noise(folder / 'lingua_libre/Q21-fra-French/Anne/bonjour.ogg')


def ljspeech(folder):
    text(folder / 'LJSpeech-1.1/metadata.csv', 'LJ001-0001|One|One\n')
    noise(folder / 'LJSpeech-1.1/wavs/LJ001-0001.wav')


def m_ailabs(folder):
    book = folder / 'de_DE/by_book/female/eva_k/haus'
    text(book / 'metadata.csv', 'haus_01_f000001|Das 1.|Das erste\n')
    noise(book / 'wavs/haus_01_f000001.wav')


def magicdata(folder):
    for split in ('train', 'dev', 'test'):
        text(folder / split / 'TRANS.txt', 'UtteranceID\tSpeakerID\tTranscription\n'
             '14_3466_1.wav\t14_3466\t今天\n')
        noise(folder / split / '14_3466/14_3466_1.wav')


def mls(folder):
    for split in ('train', 'dev', 'test'):
        text(folder / f'mls_polish/{split}/transcripts.txt', '6892_10049_000000\tsię\n')
        noise(folder / f'mls_polish/{split}/audio/6892/10049/6892_10049_000000.flac')


def primewords(folder):
    base = folder / 'primewords_md_2018_set1'
    text(base / 'set1_transcript.json',
         '[{"id": "1", "user_id": "251", "text": "先", "file": "9cd1.wav"}]')
    noise(base / 'audio_files/9/9c/9cd1.wav')


def slr57(folder):
    base = folder / 'African_Accented_French'
    text(base / 'transcripts/train/yaounde/fn_text.txt', '/data/x/fn/a-0001.wav Bon\n')
    noise(base / 'speech/train/yaounde/fn/a-0001.wav')


def swb(folder):
    noise(folder / 'LDC97S62/swb1_d1/data/sw02001.sph', 8, **SPHERE)
    text(folder / 'LDC97S62/swb_ms98_transcriptions/20/2001/sw2001A-ms98-a-trans.text',
         'sw2001A-ms98-a-0001 1.0 3.0 uh-huh\n')


def swc(folder):
    noise(folder / 'german/Art/audio.ogg', 4)
    text(folder / 'german/Art/aligned.swc', '<article><d><s>\n'
         '<t text="Das"><n start="500" end="900"/></t>\n</s></d></article>')


def ted(folder):
    for part in ('train', 'dev', 'test'):
        base = folder / 'TEDLIUM_release2' / part
        noise(base / 'sph/AlGore_2009.sph', 3)
        text(base / 'stm/AlGore_2009.stm', 'AlGore_2009 1 AlGore_2009 0.5 1.5 <o,f0,male> hi\n')


def timit(folder):
    place = folder / 'TIMIT/TRAIN/DR1/FCJF0'
    place.mkdir(parents=True)
    shutil.move(noise(place / 'SX37.sph'), place / 'SX37.WAV')
    text(place / 'SX37.TXT', '0 46797 She had.\n')


def ts(folder):
    base = folder / 'ts_2019-04-11_fr_FR'
    text(base / 'data.csv', 'path,duration,text\nvampire/1.wav,0.5,"Il, oui"\n')
    noise(base / 'vampire/1.wav')


def tuda(folder):
    base = folder / 'german-speechdata-package-v2/train'
    text(base / '2014-01.xml', '<r>\n<cleaned_sentence>Viel</cleaned_sentence>\n</r>')
    noise(base / '2014-01_Kinect-Beam.wav')


def vctk(folder):
    text(folder / 'VCTK-Corpus-0.92/txt/p225/p225_001.txt', 'Please call.\n')
    noise(folder / 'VCTK-Corpus-0.92/wav48_silence_trimmed/p225/p225_001_mic1.flac')


def voxforge(folder):
    session = folder / 'voxforge/ann-20100710-hne'
    text(session / 'etc/PROMPTS', 'ann-20100710-hne/mfc/ar-01 AUTHOR\n')
    noise(session / 'wav/ar-01.wav')


def of_a_folder(folder):
    noise(folder / 'ann/one.wav')
    text(folder / 'ann/one.txt', 'one')
    noise(folder / 'bob/two.wav')
    text(folder / 'table.csv', 'path,sentence\nbob/two.wav,two\n')


TREES = {function.__name__: function for function in (
    aidatatang, aishell, an4, arabic_commands, atthack, ccpmf, cv, cv2, cv_personal,
    cv_spontaneous, fisher, freestmandarin, fsdd, gram_vaani, ldc93s1, librivox, lingua_libre,
    ljspeech, magicdata, mls, primewords, slr57, swb, swc, ted, timit, ts, tuda, vctk,
    voxforge)} | {
        'folder': of_a_folder, 'm-ailabs': m_ailabs}
OPTIONS = {'m-ailabs': ['--language', 'de_DE'], 'mls': ['--language', 'polish'],
           'swc': ['--language', 'german'], 'cv': ['--splits', 'cv-valid-dev'],
           'librivox': ['--splits', 'dev-clean'],
           'lingua_libre': ['--qId', '21', '--iso639-3', 'fra', '--english-name', 'French']}
