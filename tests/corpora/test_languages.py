"""Importers in other languages and encodings."""

import os
import re

from tests.helpers.clips import noise, text
from tests.helpers.places import BIN
from util.text import locales


def test_import_says_its_guess_and_takes_another(run, tmp_path):
    noise(tmp_path / 'c0.wav')
    (tmp_path / 'c0.txt').write_bytes('привет мир'.encode('cp1251'))
    noise(tmp_path / 'c1.wav')
    text(tmp_path / 'c1.txt', 'как дела')
    result = run('folder', tmp_path)
    assert result.everything() == {'c0': 'привет мир', 'c1': 'как дела'}
    assert result.stderr.count('read as cp1251') == 1 and "'привет мир'" in result.stderr
    result = run('folder', tmp_path, '--encoding', 'koi8-r')
    assert result.everything() == {'c0': 'опхбер лхп', 'c1': 'как дела'}
    assert 'read as' not in result.stderr
    result = run('folder', tmp_path, '--encoding', 'klingon', status=1)
    assert 'there is no such encoding' in result.stderr


def test_import_by_language(run, tmp_path):
    noise(tmp_path / 'c0.wav')
    text(tmp_path / 'c0.txt', 'IŞIK ILIK')
    assert run('folder', tmp_path, '--locale', 'tr').everything() == {'c0': 'ışık ılık'}
    assert run('folder', tmp_path, '--locale', 'tr', '--normalize').everything() == {
        'c0': 'isik ilik'}
    assert run('folder', tmp_path).everything() == {'c0': 'işik ilik'}
    wrong = run('folder', tmp_path, '--locale', 'turkish!', status=1)
    assert "--locale 'turkish!': expected the code of a language" in wrong.stderr


def test_common_voice_names_the_language(run, tmp_path):
    """Its tables have a column for it; those of older versions do not."""
    rows = {'a': ('tr', 'IŞIK'), 'b': ('en', 'IT'), 'c': ('ca', 'il.lusió'),
            'd': ('zh-CN', '你好，好')}
    table = [f'{name}.mp3\t{sentence}\t{locale}' for name, (locale, sentence) in rows.items()]
    for name in rows:
        noise(tmp_path / f'clips/{name}.mp3')
    text(tmp_path / 'train.tsv', '\n'.join(['path\tsentence\tlocale', *table]))
    result = run('cv2', tmp_path, '--splits', 'train')
    assert result.rows('train') == {'a': 'ışık', 'b': 'it', 'c': 'il·lusió', 'd': '你好好'}
    old = [line.rpartition('\t')[0] for line in table]
    text(tmp_path / 'train.tsv', '\n'.join(['path\tsentence', *old]))
    result = run('cv2', tmp_path, '--splits', 'train')
    assert result.rows('train') == {'a': 'işik', 'b': 'it', 'c': 'il lusió', 'd': '你好好'}
    result = run('cv2', tmp_path, '--splits', 'train', '--locale', 'az')
    assert result.rows('train')['b'] == 'ıt', 'the option goes first'


def test_corpora_name_their_language():
    """Every page has it as a fact, but the one whose user names it."""
    pages = {path.stem: path.read_text(encoding='utf-8') for path in BIN.glob('import_*.py')}
    assert {name for name, source in pages.items() if 'locale=' not in source} == {
        'import_folder', 'import_checkpoint'}
    for source in pages.values():
        for code in re.findall("locale='(.*?)'", source):
            assert locales.check(code) == locales.language(code)


def test_language_of_a_corpus_of_many(run, tmp_path):
    noise(tmp_path / 'lingua_libre/Q256-tur-Turkish/ann/IŞIK.ogg')
    options = ['--qId', 256, '--iso639-3', 'tur', '--english-name', 'Turkish']
    assert run('lingua_libre', tmp_path, *options).everything() == {'IŞIK': 'ışık'}


def test_names_that_are_not_utf8(run, tmp_path):
    """They are counted, and it is said how to rename them; the others come through."""
    noise(tmp_path / 'ok.wav')
    text(tmp_path / 'ok.txt', 'yes')
    for name in ('Grüße'.encode('latin-1'), 'über'.encode('latin-1')):
        base = os.fsencode(tmp_path) + b'/' + name
        for suffix in (b'.wav', b'.txt'):
            with open(os.fsencode(tmp_path) + b'/ok' + suffix, 'rb') as source:
                with open(base + suffix, 'wb') as target:
                    target.write(source.read())
    result = run('folder', tmp_path)
    assert result.everything() == {'ok': 'yes'}
    assert result.all_dropped() == {'file name is not UTF-8': 2}
    assert result.stderr.count('convmv -f cp1252 -t utf-8') == 1


def test_arabic_commands(run, tmp_path):
    base = tmp_path / 'arabic-speech-commands-dataset-master'
    lists = {'train': ['zoom out/00000001_NO_01', 'yes/00000001_NO_02', 'zoom out/00000002_NO_03',
                       'kitchen/00000001_NO_01', 'no/one'],
             'val': ['stop/00000005_NO_01'], 'test': ['up/00000009_NO_01']}
    for name, clips in lists.items():
        text(base / f'{name}.csv', 'file,class\n' + ''.join(
            f'dataset/{clip}.wav,{clip.split("/")[0]}\n' for clip in clips))
        for clip in clips:
            noise(base / f'dataset/{clip}.wav')
    text(tmp_path / 'more/train.csv', 'file,class\nother.wav,yes\n')  # no list of this corpus
    result = run('arabic_commands', tmp_path)
    assert result.rows('train') == {'00000001_NO_01': 'تصغير', '00000001_NO_02': 'نعم',
                                    '00000002_NO_03': 'تصغير'}
    assert result.rows('dev') == {'00000005_NO_01': 'توقف'}
    assert result.rows('test') == {'00000009_NO_01': 'أعلى'}
    assert result.dropped('train') == {'unexpected name': 2}
    first, *_ = (tmp_path / 'arabic_commands-train.csv').read_text().splitlines()[1:]
    assert '/dataset/zoom out/' in first and first.endswith(',00000001')


def test_arabic_commands_real(run, tmp_path, shared_data):
    archive = f'{shared_data}/arabic_commands/arabic-speech-commands-dataset.zip'
    result = run('arabic_commands', tmp_path, '--url', archive, '--limit', 41, '--splits', 'test')
    assert set(result.rows('test').values()) == {'خلف', 'إلغاء'}
    assert result.dropped('test') == {}
