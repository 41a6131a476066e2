"""Text in every encoding: found out, declared, or guessed aloud; never mojibake in silence."""

import contextlib
import gzip
import io
import os
from pathlib import Path

import pytest

from tests.helpers.need import need
from util.data.manifest import read_csvs
from util.errors import UserError
from util.lm import build
from util.text import encoding
from util.text.alphabet import Alphabet
from util.text.transcripts import Cleaning, Rejected

SENTENCES = {
    'cp1252': ('Grüße aus München', 'le café est fermé à noël', 'El niño pequeño', 'São João não',
               'Hyvää päivää', 'Blåbærgrød på øen', 'Það er gott að æfa', '“Hello” she said'),
    'cp1250': ('Příliš žluťoučký kůň', 'Zażółć gęślą jaźń', 'Árvíztűrő tükörfúró'),
    'cp1251': ('привет мир', 'Съешь же ещё булок', 'Привіт, як справи? Київ', 'Здравей, свят',
               '«Что?» — спросил он.', 'нет'),
    'koi8_r': ('Съешь же ещё булок', 'Привет мир'),
    'cp1254': ('Merhaba, hava çok güzel ışık', 'şarkı söylüyor', 'Çocuk ağladı'),
    'cp1253': ('Καλημέρα κόσμε', 'Ο σοφός άνθρωπος γελάει'),
    'cp1255': ('שלום עולם', 'ילד הולך לבית ספר היום'),
    'cp1256': ('السلام عليكم ورحمة الله',), 'cp874': ('สวัสดีชาวโลก',),
    'cp1257': ('Ąžuolas įėjo į namą', 'Šķūnis ģērbjas'),
}
BY_LOCALE = {
    'tr': ('cp1254', 'İstanbul ılık'), 'pl': ('cp1250', 'dziękuję'), 'ja': ('cp932', '東京タワー'),
    'zh-CN': ('gb18030', '今天天气很好'), 'zh-TW': ('cp950', '臺灣話'),
    'ko': ('cp949', '안녕하세요'),
    'ru': ('cp1251', 'да'), 'he': ('cp1255', 'הוא'), 'et': ('cp1257', 'jäääär õu'),
}
UNICODE = ('utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-16-be', 'utf-32')


@pytest.fixture(autouse=True)
def nothing_declared():
    encoding.declare()
    yield
    encoding.declare()


@pytest.mark.parametrize('name, sentence', [(name, sentence) for name in SENTENCES
                                            for sentence in SENTENCES[name]])
def test_guesses_are_right_and_said(tmp_path, capsys, name, sentence):
    (tmp_path / 'a.txt').write_bytes(sentence.encode(name))
    assert encoding.read(tmp_path / 'a.txt') == sentence
    said = capsys.readouterr().out
    assert 'a.txt: not UTF-8; it is read as cp' in said or f'read as {name}' in said
    assert repr(sentence) in said and '--encoding' in said
    assert encoding.read(tmp_path / 'a.txt') == sentence and not capsys.readouterr().out, 'once'


@pytest.mark.parametrize('locale', BY_LOCALE)
def test_a_language_tells_its_code_page(tmp_path, locale):
    name, sentence = BY_LOCALE[locale]
    (tmp_path / 'a.txt').write_bytes(sentence.encode(name))
    encoding.declare(locale=locale)
    assert encoding.read(tmp_path / 'a.txt') == sentence


@pytest.mark.parametrize('name', [*UNICODE, *SENTENCES, 'cp932', 'gb18030', 'cp949', 'iso2022_jp',
                                  'latin-1', 'mac_roman', 'cp866', 'utf-7'])
def test_declared(tmp_path, capsys, name):
    sentence = SENTENCES.get(name, ('日本語' if name in ('cp932', 'iso2022_jp', 'gb18030') else
                                    '안녕' if name == 'cp949' else 'да' if name == 'cp866'
                                    else 'Grüße',))[0]
    (tmp_path / 'a.txt').write_bytes(f'{sentence}\nabc\n'.encode(name))
    (tmp_path / 'b.txt').write_text('Žluťoučký', encoding='utf-8')
    encoding.declare(name)
    assert encoding.read(tmp_path / 'a.txt') == f'{sentence}\nabc\n'
    with open(tmp_path / 'a.txt', 'rb') as file:
        assert list(encoding.lines(file, 'a')) == [sentence + '\n', 'abc\n']
    assert capsys.readouterr().out == ''
    if name not in ('utf-16', 'utf-32'):
        assert encoding.read(tmp_path / 'b.txt') == 'Žluťoučký', 'what is UTF-8 stays so'


@pytest.mark.parametrize('wrong', ['foo', 'hex', 'rot13', 'bz2', 'cp\0', 'utf_9'])
def test_no_such_encoding(wrong):
    with pytest.raises(UserError, match='there is no such encoding; expected a name as cp1251'):
        encoding.declare(wrong)


@pytest.mark.parametrize('name', UNICODE)
@pytest.mark.parametrize('sentence', ['the man and the dog', 'привет', '今天天气很好', '😀 é'])
def test_unicode_is_seen(tmp_path, capsys, name, sentence):
    """UTF-16 without its mark too, if there is a space or line end in it."""
    data = f'{sentence}\nx y\n'.encode(name)
    assert list(encoding.lines(io.BytesIO(data), 'a')) == [sentence + '\n', 'x y\n']
    path = tmp_path / 'alphabet.txt'
    path.write_bytes('a\né\n'.encode(name))
    if name != 'utf-32':
        assert Alphabet.load(str(path)).labels == ('a', 'é')
    path = tmp_path / 'a.csv'
    path.write_bytes(f'wav_filename,transcript\na.wav,{sentence}\n'.encode(name))
    assert [row.transcript for row in read_csvs([str(path)])] == [sentence]


def test_one_broken_line_is_no_other_encoding(capsys):
    lines = [b'caf\xc3\xa9'] * 3 + [b'caf\xe9', b'plain']
    assert list(encoding.lines(io.BytesIO(b'\n'.join(lines)), 'a')) == [
        'café\n', 'café\n', 'café\n', 'caf\ufffd\n', 'plain']
    assert capsys.readouterr().out == ''


def test_nothing_fits(tmp_path, capsys):
    (tmp_path / 'a.txt').write_bytes(bytes(range(128, 256)))
    assert '\ufffd' in encoding.read(tmp_path / 'a.txt')
    assert 'its letters tell no other encoding: pass --encoding' in capsys.readouterr().out


def test_the_folder_helps_to_guess(tmp_path):
    """Two letters alone could be Hebrew."""
    (tmp_path / 'a.txt').write_bytes('да'.encode('cp1251'))
    assert encoding.read(tmp_path / 'a.txt') != 'да'
    for i, sentence in enumerate(SENTENCES['cp1251']):
        (tmp_path / f'b{i}.txt').write_bytes(sentence.encode('cp1251'))
    assert encoding.read(tmp_path / 'a.txt') == 'да'


@pytest.mark.parametrize('size', [10, 70_000, encoding.SAMPLE - 1, encoding.SAMPLE,
                                  encoding.SAMPLE + 1, 3 * encoding.SAMPLE])
@pytest.mark.parametrize('name', ['utf-8', 'cp1251', 'utf-16'])
def test_lines_of_any_size(size, name, tmp_path):
    """A character may lie across the end of the sample; pipes cannot go back."""
    text = ('я' * 9 + '\n') * (size // 19 + 1)
    data = text.encode(name)
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        with open(write, 'wb') as pipe:
            pipe.write(data)
        os._exit(0)
    os.close(write)
    encoding.declare('cp1251' if name == 'cp1251' else '')
    with open(read, 'rb') as pipe:
        assert ''.join(encoding.lines(pipe, 'pipe')) == text
    os.wait()


@pytest.mark.parametrize('name, says', [
    ('cp1251', 'iconv -f cp1251 -t utf-8'), ('cp1252', 'iconv -f cp1252 -t utf-8')])
def test_what_must_not_be_guessed(tmp_path, name, says):
    """A training set or an alphabet in another encoding is refused with the right advice."""
    sentence = SENTENCES[name][0]
    path = tmp_path / 'a.csv'
    path.write_bytes(f'wav_filename,transcript\na.wav,{sentence}\n'.encode(name))
    with pytest.raises(UserError) as error:
        read_csvs([str(path)])
    assert f'it looks like {name}' in str(error.value) and says in str(error.value)
    path.write_bytes('\n'.join(sorted(set(sentence))).encode(name))
    with pytest.raises(UserError) as error:
        Alphabet.load(str(path))
    assert 'not UTF-8' in str(error.value) and says in str(error.value)


@pytest.mark.parametrize('name', ['utf-16', 'latin-1', 'cp1252', 'utf-8'])
@pytest.mark.parametrize('packed', [False, True])
def test_text_of_language_models(tmp_path, name, packed):
    path = tmp_path / ('text.txt.gz' if packed else 'text.txt')
    data = 'le café est fermé à noël\n'.encode(name)
    path.write_bytes(gzip.compress(data) if packed else data)
    spelling = build.Spelling(Alphabet([*'abcdefghijklmnopqrstuvwxyzéàë', ' ']))
    assert [piece for line in build.open_text(str(path)) for piece in spelling(line)] == [
        'le café est fermé à noël']
    assert spelling.lines_rejected == spelling.unspelt == 0


def test_broken_lines_of_language_models_are_counted(tmp_path, capsys):
    path = tmp_path / 'text.txt'
    path.write_bytes(b'caf\xc3\xa9\ncaf\xc3\xa9 noir\ncaf\xe9\nplain\n')
    assert list(build.open_text(str(path))) == ['café\n', 'café noir\n', 'plain\n']
    assert '1 lines left out: they have bytes that its encoding lacks' in capsys.readouterr().out


def test_inputs_that_broke_us(shared_data):
    """What outsiders had: Cyrillic of Windows, and text for scorers in UTF-16 and Latin-1."""
    faults = Path(shared_data).parent / 'faults' / 'train'
    need(faults.is_dir(), 'the inputs in ../shared/faults')
    assert encoding.read(faults / 'C1-cp1251/c0.txt') == 'привет мир'
    for name, first in (('text.txt', 'the man and the dog\n'),
                        ('latin1.txt', 'le café est fermé à noël\n')):
        assert next(build.open_text(str(faults / 'C3-lm-utf16' / name))) == first


def test_no_accent_is_lost_in_german(shared_data):
    """1,176 sentences as their readers saw them: each letter comes through, in lower case."""
    with open(Path(shared_data) / 'kerstin/metadata.tsv', 'rb') as file:
        texts = [line.rstrip('\n').partition('\t')[2] for line in encoding.lines(file, 'k')][1:]
    cleaned = 0
    for text in texts:
        with contextlib.suppress(Rejected):
            words = Cleaning(locale='de')(text)
            letters = [''.join(filter(str.isalpha, each.lower().replace('ʻ', '')))
                       for each in (words, text)]
            assert letters[0] == letters[1]
            assert not set(words) & set('"‚‘’„“»«'), text
            cleaned += 1
    assert cleaned > 1100
