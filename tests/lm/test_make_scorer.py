"""Making a scorer from text: cleaning, counting, the command, small and wrong texts."""

import gzip
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from tests.helpers import told
from tests.helpers.languages import LANGUAGES
from tests.helpers.need import need_module
from util.errors import UserError
from util.lm import build, tools
from util.text.alphabet import Alphabet
from util.text.transcripts import Cleaning

ROOT = tools.ROOT
ALPHABET = os.path.join(ROOT, 'data', 'alphabet.txt')


def run(script, *args):
    return subprocess.run([sys.executable, os.path.join(ROOT, script), *map(str, args)],
                          capture_output=True, text=True)


@pytest.fixture(scope='module')
def lmplz(tool):
    """Skip tests unless lmplz is built or can be."""
    for name in ('lmplz', 'build_binary'):
        tool(name)


def test_lines_are_cut_where_a_word_cannot_be_spelled():
    spelling = build.Spelling(Alphabet.load(ALPHABET))
    assert list(spelling('"Well, it\u2019s 7 o\'clock!"')) == ["well it's", "o'clock"]
    assert list(spelling('   ')) == []
    assert (spelling.words, spelling.unspelt, spelling.example) == (4, 1, '7')
    assert spelling.lines_rejected == 0


def test_words_as_they_stand():
    spelling = build.Spelling(Alphabet.load(ALPHABET), normalize=False)
    assert list(spelling('Big <s> small words\n')) == ['small words']


@pytest.mark.parametrize('line, spelt', [
    ('Call [name] on [weekday].', ['call [name] on [weekday]']),
    ('[name], [name]!', ['[name] [name]']),
    ('"[name]" said: 7 times 7 [weekday]s', ['[name] said', 'times', '[weekday] s']),
    ('[name] [laughter] [Name]', []),  # as any line with what nobody said
    ('[name]', ['[name]']), ('[name] \u2460', ['[name]']), ('no slot', ['no slot']),
])
def test_words_of_slots_stay(line, spelt):
    spelling = build.Spelling(Alphabet.load(ALPHABET), slots=['name', 'weekday'])
    assert list(spelling(line)) == spelt
    spelling = build.Spelling(Alphabet.load(ALPHABET))
    assert not any('[' in piece for piece in spelling(line))


def test_bytes_mode_counts_characters():
    spelling = build.Spelling(Alphabet.bytes_output())
    assert list(spelling('\u4f60\u597d \u4e16\u754c')) == ['\u4f60 \u597d \u4e16 \u754c']


def test_without_a_space_the_labels_are_counted():
    spelling = build.Spelling(Alphabet(['\u4f60', '\u597d', '\u4e16', 'ab', 'a']))
    assert list(spelling('\u4f60\u597d \u4e16\u754c\u4f60aba')) == [
        '\u4f60 \u597d \u4e16', '\u4f60 ab a']
    assert (spelling.words, spelling.unspelt, spelling.example) == (7, 1, '\u754c')


@pytest.mark.parametrize('locale', LANGUAGES)
def test_text_is_spelt_as_transcripts_are(locale):
    """The words of a scorer are those that importers put into CSVs, in every language."""
    text = f'«{LANGUAGES[locale]}», "{LANGUAGES[locale]}".'
    words = Cleaning(locale=locale)(text)
    spelling = build.Spelling(Alphabet(sorted(set(words) | {' '})), locale=locale)
    assert list(spelling(text)) == [words] and spelling.unspelt == 0
    spelling = build.Spelling(Alphabet.bytes_output(), locale=locale)
    assert list(spelling(text)) == [' '.join(words.replace(' ', ''))]


@pytest.mark.parametrize('labels, text, words', [
    ('abcçdefgğhıijklmnoöprsştuüvyz ', 'IŞIK ILIK İZMİR', 'ışık ılık izmir'),  # no --locale
    ('abcçdefgğhıijklmnoöprsştuüvyz ', 'ILIK', 'ılık'),  # ASCII goes a quicker way
    ("dont' ", 'don’t DONʼT', "don't don't"), ('dont’ ', "don't 'dont'", 'don’t dont'),
    ('donʼt ', "don't", 'donʼt'), ('haw\u02bbi ', "Hawai'i ‘i", 'hawai\u02bbi \u02bbi'),
    ('צהלג"\' ', 'צה״ל ג׳ל', 'צה"ל ג\'ל'), ('צהלג״׳ ', 'צה"ל ג\'ל', 'צה״ל ג׳ל'),
    ('dont ', "don't", 'don t'), ('ABC', 'cab', ''),
    ('col·egi ', 'COL.LEGI col·legi', 'col legi col·legi'),
])
def test_the_alphabet_tells_how_it_is_spelt(labels, text, words):
    spelling = build.Spelling(Alphabet(labels))
    assert ' '.join(spelling(text)) == words


def test_counting_forgets_only_rare_words(tmp_path, monkeypatch):
    monkeypatch.setattr(build, 'MOST_WORDS', 10)
    lines = [f'often rare{i}' for i in range(100)]
    counts = build.write_lines(lines, str(tmp_path / 'text'))
    assert counts['often'] == 100 and len(counts) <= 10


def test_vocabulary_is_ranked_and_reproducible(tmp_path, capsys):
    counts = build.write_lines(['b a c', 'c b', 'c d'], str(tmp_path / 'text'))
    path = tmp_path / 'vocab.txt'
    assert build.save_vocabulary(counts, 3, str(path)) == ['c', 'b', 'a']
    assert path.read_text() == 'c\nb\na\n'
    assert '3 of 4 different words, 85.71 % of the 7 words' in capsys.readouterr().out


def test_text_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match='No such file'):
        list(build.open_text(str(tmp_path / 'none.txt')))
    broken = tmp_path / 'broken.txt.gz'
    broken.write_bytes(gzip.compress(b'some text\n' * 1000)[:40])
    with pytest.raises(UserError, match='cannot be read'):
        list(build.open_text(str(broken)))


@pytest.mark.parametrize('order, prune', [(1, []), (7, []), (3, [0, 1, 0]), (2, [0, 0, 0])])
def test_wrong_orders_and_prunings(order, prune):
    with pytest.raises(UserError):
        build.estimate('t', 'a', order, prune, '1G', '.')


@pytest.mark.slow
def test_scorer_of_a_novel(lmplz, probe, shared_data, tmp_path):
    """Plain and gz give the same scorer; its words are the novel's."""
    novel = os.path.join(shared_data, 'lm', 'sherlock_holmes.txt')
    packed, scorers = tmp_path / 'novel.txt.gz', [tmp_path / 'a.scorer', tmp_path / 'b.scorer']
    with open(novel, 'rb') as f:
        packed.write_bytes(gzip.compress(f.read()))
    for text, out in zip((novel, packed), scorers):
        done = run('bin/make_scorer.py', '--text', text, '--alphabet', ALPHABET, '--out', out)
        assert done.returncode == 0, done.stdout + done.stderr
        assert '5/5 Writing ARPA model' in done.stdout
    assert scorers[0].read_bytes() == scorers[1].read_bytes()
    words = {word.strip() for word in probe('words', scorers[0], ALPHABET)}
    assert len(words) > 7000 and {'sherlock', 'holmes', "don't"} <= words
    assert sorted(os.listdir(tmp_path)) == ['a.scorer', 'b.scorer', 'novel.txt.gz']


@pytest.mark.slow
def test_a_script_without_spaces_from_text_to_transcript(lmplz, probe, tmp_path):
    """A scorer that the trainer's decoder and the client take, and that has a say."""
    ds_ctcdecoder = need_module('ds_ctcdecoder')
    from util.training.decoder import BeamSearch, DecoderSettings

    letters, draw = '\u7684\u4e00\u662f\u4e0d\u4e86\u4eba\u6211\u5728', random.Random(1)
    alphabet = tmp_path / 'alphabet.txt'
    alphabet.write_text('\n'.join(letters) + '\n', encoding='utf-8')
    source, out = tmp_path / 'text.txt', tmp_path / 'my.scorer'
    # Each letter is followed by one of the next two.
    lines = []
    for _ in range(3000):
        at, line = draw.randrange(8), ''
        for _ in range(draw.randint(2, 12)):
            line += letters[at]
            at = (at + draw.randint(1, 2)) % 8
        lines.append(line)
    source.write_text('\n'.join(lines) + '\n', encoding='utf-8')
    done = run('bin/make_scorer.py', '--text', source, '--alphabet', alphabet, '--out', out,
               '--order', 3)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(probe('words', out, alphabet)) == sorted(letters)

    # The third letter is heard as the fourth or, a little better, as the seventh.
    probs = np.full((1, 5, 9), 0.001, np.float32)
    probs[0, [0, 1, 2], [0, 8, 1]] = probs[0, 3, 8] = 0.99
    probs[0, 4, 2], probs[0, 4, 6] = 0.45, 0.54
    for scorer, says in (('', letters[:2] + letters[6]), (str(out), letters[:3])):
        search = BeamSearch(Alphabet.load(str(alphabet)), DecoderSettings(
            beam_width=50, scorer_path=scorer))
        assert search(np.log(probs), np.array([5])) == [says]
    told_alphabet = Alphabet.load(str(alphabet))
    model, recording = told.write(tmp_path, told_alphabet, told.steps(lines[0], told_alphabet), 1.5)
    done = subprocess.run([sys.executable, '-m', 'deepspeech.client', '--model', model, '--audio',
                           recording, '--fp32', '--scorer', out], capture_output=True, text=True)
    assert done.stdout == lines[0] + '\n', done.stderr
    assert ds_ctcdecoder.Scorer(None, None, out, ds_ctcdecoder.Alphabet(alphabet)).alpha > 0


@pytest.mark.slow
@pytest.mark.parametrize('text', ['hello', 'the quick brown fox', 'one\ntwo\none'])
def test_a_text_of_one_line(lmplz, probe, tmp_path, text):
    """Discounts cannot be estimated: it is said, and fixed ones are used."""
    source, out = tmp_path / 'text.txt', tmp_path / 'my.scorer'
    source.write_text(text + '\n')
    done = run('bin/make_scorer.py', '--text', source, '--alphabet', ALPHABET, '--out', out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'W The text is too small or too unusual to estimate discounts' in done.stdout
    assert sorted(word.strip() for word in probe('words', out, ALPHABET)) == sorted(
        set(text.split()))


@pytest.mark.parametrize('text, says', [
    ('', 'no words in'),
    ('\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440', 'none of the 2 words of'),
])
def test_text_without_a_usable_word(tmp_path, text, says):
    source = tmp_path / 'text.txt'
    source.write_text(text + '\n', encoding='utf-8')
    done = run('bin/make_scorer.py', '--text', source, '--alphabet', ALPHABET,
               '--out', tmp_path / 'my.scorer')
    assert done.returncode == 1 and says in done.stdout and 'Traceback' not in done.stderr
    assert os.listdir(tmp_path) == ['text.txt']


def test_misuse(tmp_path):
    assert run('bin/make_scorer.py', '--text', 'x').returncode == 2
    assert run('data/lm/generate_lm.py', '--top_k', 'many').returncode == 2
    done = run('bin/make_scorer.py', '--text', 'x', '--out', tmp_path / 'no' / 'my.scorer')
    assert done.returncode == 1 and 'there is no folder' in done.stdout
    (tmp_path / 'file').write_text('')
    done = run('data/lm/generate_lm.py', '--input_txt', 'x', '--output_dir', tmp_path / 'file',
               '--top_k', 9, '--arpa_order', 2, '--max_arpa_memory', '1M', '--arpa_prune', '0',
               '--binary_a_bits', 255, '--binary_q_bits', 8, '--binary_type', 'trie')
    assert done.returncode == 1 and "file' cannot be written (File exists): make it" in (
        done.stdout + done.stderr) and 'another --output_dir' in done.stdout + done.stderr


@pytest.mark.slow
def test_generate_lm_and_package(lmplz, tool, probe, shared_data, tmp_path):
    """The two commands of 0.9.3, with their options."""
    tool('filter')
    novel = os.path.join(shared_data, 'lm', 'sense_and_sensibility.norm.txt')
    done = run('data/lm/generate_lm.py', '--input_txt', novel, '--output_dir', tmp_path,
               '--top_k', 2000, '--arpa_order', 5, '--max_arpa_memory', '200M',
               '--arpa_prune', '0|0|1', '--binary_a_bits', 255, '--binary_q_bits', 8,
               '--binary_type', 'trie')
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(os.listdir(tmp_path)) == ['lm.binary', 'vocab-2000.txt']
    out = tmp_path / 'kenlm.scorer'
    done = run('data/lm/generate_scorer_package', '--alphabet', ALPHABET,
               '--lm', tmp_path / 'lm.binary', '--vocab', tmp_path / 'vocab-2000.txt',
               '--package', out, '--default_alpha', 0.5, '--default_beta', 1.5)
    assert done.returncode == 0, done.stderr
    assert probe('open', out, ALPHABET)[2].split()[:2] == ['0.5', '1.5']
    assert len(probe('words', out, ALPHABET)) == 2000


def test_slots_are_in_the_model_and_not_in_the_vocabulary(lmplz, tmp_path):
    """Even the rarest; from the text to what the decoder makes of it."""
    d = need_module('ds_ctcdecoder')
    text, out, kept = tmp_path / 'text.txt', tmp_path / 'calls.scorer', tmp_path / 'kept'
    text.write_text(40 * 'Call me!\ncall [name] on [day]\nplease call [name]\n' + 'meet [room]\n')
    done = run('bin/make_scorer.py', '--text', text, '--out', out, '--slots', 'name,day,room',
               '--alphabet', ALPHABET, '--top_k', 6, '--order', 3, '--keep', kept)
    assert done.returncode == 0, done.stderr
    assert 'Slots: [name] 80 times, [day] 40 times, [room] 1 times.' in done.stdout
    assert 'cannot be spelled' not in done.stdout and 'left out' not in done.stderr
    assert (kept / 'vocab.txt').read_text().split() == ['call', 'me', 'on']
    assert '[room]' in (kept / 'lm.arpa').read_text()
    alphabet = d.Alphabet(ALPHABET)
    scorer = d.Scorer(0.9, 1.0, out, alphabet)
    grammar = d.Grammar('#JSGF V1.0; grammar g; <name> = anna | bob smith; <room> = hall;',
                        alphabet)
    labels = alphabet.Encode('call bob smith on')
    probs = np.full((2 * len(labels), len(alphabet) + 1), 1e-4)
    probs[np.arange(0, 2 * len(labels), 2), labels] = 0.99
    probs[1::2, -1] = 0.99
    best = d.decode(probs, alphabet, 100, scorer=scorer, grammar=grammar)[0]
    assert best.text == 'call bob smith on'
    assert [(slot.name, slot.value) for slot in best.slots] == [('name', 'bob smith')]


@pytest.mark.parametrize('slots, says', [
    ('name,', "--slots 'name,': expected names of rules"),
    ('<name>', 'expected names of rules'), ('day', "the text has no word '[day]'"),
])
def test_wrong_slots(tmp_path, slots, says):
    (tmp_path / 'text.txt').write_text('call me\n')
    done = run('bin/make_scorer.py', '--text', tmp_path / 'text.txt', '--out', tmp_path / 'x',
               '--slots', slots, '--alphabet', ALPHABET)
    assert done.returncode == 1 and says in done.stdout.splitlines()[-1]
