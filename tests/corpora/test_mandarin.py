"""Mandarin corpora: made-up trees in their layouts."""

import json
import tarfile

from tests.helpers.clips import broken, noise, text


def test_aishell(run, tmp_path):
    """The archive of archives, given by path as with the tool of 0.9.3."""
    source = tmp_path / 'source/data_aishell'
    text(source / 'transcript/aishell_transcript_v0.8.txt',
         'BAC009S0002W0122 而 对 楼市 成交\nBAC009S0002W0123 坏\nBAC009S0764W0121 甚至\n')
    for i in (122, 124):
        noise(source / f'wav/train/S0002/BAC009S0002W0{i}.wav')
    broken(source / 'wav/train/S0002/BAC009S0002W0123.wav')
    noise(source / 'wav/dev/S0764/BAC009S0764W0121.wav')
    for speaker, split in (('S0002', 'train'), ('S0764', 'dev')):
        with tarfile.open(source / f'wav/{speaker}.tar.gz', 'w:gz') as tar:
            tar.add(source / 'wav' / split, split)
    with tarfile.open(tmp_path / 'my_aishell.tgz', 'w:gz') as tar:
        tar.add(source / 'transcript', 'data_aishell/transcript')
        for speaker in ('S0002', 'S0764'):
            tar.add(source / f'wav/{speaker}.tar.gz', f'data_aishell/wav/{speaker}.tar.gz')
    result = run('aishell', tmp_path / 'my_aishell.tgz', '--target_dir', tmp_path / 'out')
    assert result.rows('train') == {'BAC009S0002W0122': '而对楼市成交'}
    assert result.rows('dev') == {'BAC009S0764W0121': '甚至'}
    assert result.speakers() == {'BAC009S0002W0122': 'S0002', 'BAC009S0764W0121': 'S0764'}
    assert result.dropped('train') == {'unreadable audio': 1, 'empty transcript': 1}
    assert (tmp_path / 'out/aishell_train.csv').exists()


def test_aidatatang(run, tmp_path):
    base = tmp_path / 'aidatatang_200zh'
    text(base / 'transcript/aidatatang_200_zh_transcript.txt',
         'T0055G0013S0001 以后 你 是 男孩子\nT0055G0013S0002 坏\n')
    for i in (1, 3):
        noise(base / f'corpus/train/G0013/T0055G0013S000{i}.wav')
    broken(base / 'corpus/train/G0013/T0055G0013S0002.wav')
    result = run('aidatatang', tmp_path)
    assert result.rows('train') == {'T0055G0013S0001': '以后你是男孩子'}
    assert result.speakers() == {'T0055G0013S0001': 'G0013'}
    assert result.dropped('train') == {'unreadable audio': 1, 'empty transcript': 1}


def test_magicdata(run, tmp_path):
    text(tmp_path / 'train/TRANS.txt', 'UtteranceID\tSpeakerID\tTranscription\n'
         '14_3466_1.wav\t14_3466\t今天[SPK]天气，好\n14_3466_2.wav\t14_3466\t[FIL]好\n'
         '14_3466_3.wav\t14_3466\t\n14_3466_4.wav\t14_3466\t短\n14_3466_5.wav\t14_3466\t坏\n')
    for i in (1, 2, 3, 4):
        noise(tmp_path / f'train/14_3466/14_3466_{i}.wav')
    cut = tmp_path / 'train/14_3466/14_3466_4.wav'
    cut.write_bytes(cut.read_bytes()[:-4000])
    broken(tmp_path / 'train/14_3466/14_3466_5.wav')
    result = run('magicdata', tmp_path, '--splits', 'train')
    assert result.rows('train') == {'14_3466_1': '今天天气好'}
    assert result.speakers() == {'14_3466_1': '14_3466'}
    assert result.dropped('train') == {'marked as unclear': 1, 'empty transcript': 1,
                                       'audio cut short': 1, 'unreadable audio': 1}


def test_primewords(run, tmp_path):
    base = tmp_path / 'primewords_md_2018_set1'
    names = [f'9cd17e3{i}.wav' for i in range(3)]
    rows = [{'id': str(i), 'user_id': '251', 'text': words, 'length': '0.5', 'file': name}
            for i, (name, words) in enumerate(zip(names, ('先 打开 窗户', '', '坏')))]
    text(base / 'set1_transcript.json', json.dumps(rows))
    for name in names[:2]:
        noise(base / 'audio_files/9/9c' / name)
    broken(base / 'audio_files/9/9c' / names[2])
    result = run('primewords', tmp_path)
    assert result.rows('train') == {'9cd17e30': '先打开窗户'}
    assert result.speakers() == {'9cd17e30': '251'}
    assert result.dropped('train') == {'empty transcript': 1, 'unreadable audio': 1}


def test_freestmandarin(run, tmp_path):
    base = tmp_path / 'ST-CMDS-20170001_1-OS'
    for i, words in enumerate(('我找到了', '', '坏'), 1):
        text(base / f'20170001P00001A000{i}.txt', words)
        noise(base / f'20170001P00001A000{i}.wav')
    broken(base / '20170001P00001A0003.wav')
    text(base / '20170001P00001A0001.metadata', 'SEX male')
    result = run('freestmandarin', tmp_path)
    assert result.rows('train') == {'20170001P00001A0001': '我找到了'}
    assert result.speakers() == {'20170001P00001A0001': 'P00001'}
    assert result.dropped('train') == {'empty transcript': 1, 'unreadable audio': 1}
