"""bin/tune_keywords.py: thresholds found on recordings whose transcripts are known."""

import csv
import itertools
import random
import runpy
import sys

import pytest

from tests.helpers.need import need_module
from tests.helpers.places import BIN

SCRIPT = str(BIN / 'tune_keywords.py')


@pytest.fixture(scope='module')
def names():
    """Return what the script defines."""
    need_module('deepspeech')
    return runpy.run_path(SCRIPT)


def test_the_lines_of_a_list(names, tmp_path):
    path = tmp_path / 'words.txt'
    path.write_text('\ufeff# comment #1\n\nTurn  on #0.3 @on\n@off turn off\nÉté\n',
                    encoding='utf-8')
    lines = names['read_list'](str(path))
    assert lines[:2] == ['# comment #1', '']
    assert [(line.text, line.marks, line.words) for line in lines[2:]] == [
        ('Turn on', ' @on', ['turn', 'on']), ('turn off', ' @off', ['turn', 'off']),
        ('Été', '', ['été'])]
    with pytest.raises(names['UserError'], match='--keywords /no/file: .*No such file'):
        names['read_list']('/no/file')


@pytest.mark.parametrize('phrase, text, spaces, count', [
    ('a', 'a b a', True, 2), ('a', 'ab ba', True, 0), ('a b', 'a b a b', True, 2),
    ('a b', '', True, 0), ('ab', 'abab a b', False, 3), ('a b', 'cabc', False, 1)])
def test_occurrences(names, phrase, text, spaces, count):
    assert names['occurrences'](phrase.split(), text.split(), spaces) == count


@pytest.mark.parametrize('seed', range(30))
def test_no_choice_hears_more(names, seed):
    """Of all thresholds between scores, tried one by one."""
    rng = random.Random(seed)

    def scores(most):
        return [round(rng.uniform(0.05, 0.95), 3) for _ in range(rng.randint(0, most))]

    phrases = [names['Phrase']('x', '', ['x'], 9, scores(5), scores(4))
               for _ in range(rng.randint(1, 3))]
    allowed = rng.randint(0, 4)
    chosen = names['choose'](phrases, allowed)
    assert sum(p.false(t) for p, t in zip(phrases, chosen)) <= allowed

    def bars(p):
        return [score + 1e-6 for score in (0, *p.wrong)]

    best = max(sum(p.hits(t) for p, t in zip(phrases, ways))
               for ways in itertools.product(*map(bars, phrases))
               if sum(p.false(t) for p, t in zip(phrases, ways)) <= allowed)
    assert sum(p.hits(t) for p, t in zip(phrases, chosen)) == best


def test_a_threshold_lies_between_what_it_tells_apart(names):
    phrase = names['Phrase']('x', '', ['x'], 3, [0.9, 0.8, 0.2], [0.3, 0.5])
    assert [phrase.with_false(count) for count in range(3)] == [
        pytest.approx((0.5 * 0.8) ** 0.5), pytest.approx((0.3 * 0.5) ** 0.5),
        pytest.approx(0.8 * 0.2)]
    assert names['Phrase']('x', '', ['x']).with_false(0) == names['USUAL']
    assert names['Phrase']('x', '', ['x'], 1, [0.9]).with_false(0) == names['USUAL']


def run(monkeypatch, capfd, *arguments):
    """Run the script in this process; return its status, output and errors."""
    monkeypatch.setattr(sys, 'argv', [SCRIPT, *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(SCRIPT, None, '__main__')
    return (end.value.code, *capfd.readouterr())


@pytest.fixture(scope='module')
def model(compat):
    """Return the model."""
    return need_module('deepspeech').Model(compat / 'model256.pbmm')


@pytest.fixture(scope='module')
def sets(compat, expected, tmp_path_factory):
    """Return CSVs of recordings with their words, and of some in which nothing is said."""
    folder = tmp_path_factory.mktemp('tune')
    for name, pattern in (('dev', 'espeak_*.wav'), ('other', 'unseen_*.wav')):
        with open(folder / f'{name}.csv', 'w') as file:
            writer = csv.writer(file)
            writer.writerow(['wav_filename', 'wav_filesize', 'transcript'])
            for wav in sorted((compat / 'audio').glob(pattern)):
                writer.writerow([wav, 1, expected[wav.name] if name == 'dev' else 'unknown'])
            writer.writerow([folder / 'none.wav', 1, 'music'])
    return folder


def heard(model, compat, words, pattern):
    """Count what a model hears in some recordings."""
    ds, count = need_module('deepspeech'), 0
    for wav in (compat / 'audio').glob(pattern):
        stream = model.createStream()
        stream.enableKeywords(words)
        stream.feedAudioContent(ds.read_audio(wav))
        count += len(stream.finishKeywords())
    return count


def test_thresholds_of_recordings(model, compat, sets, tmp_path, monkeypatch, capfd):
    """What is said stays, and what is only like it goes; the table says so."""
    words, out = tmp_path / 'words.txt', tmp_path / 'out.txt'
    words.write_text('# rooms\ndoctor @d\nriver #0.2\nsilver\nnever said\npaper\n')
    loose = ['doctor #0.05', 'river #0.05', 'silver #0.05', 'paper #0.05']
    status, table, errors = run(
        monkeypatch, capfd, compat / 'model256.pbmm', '--keywords', words, '--dev_files',
        sets / 'dev.csv', '--other_files', sets / 'other.csv', '--out', out)
    assert not status, errors
    assert errors.count('none.wav') == 2 and "nobody says 'never said'" in errors
    assert 'minutes are too few to count 1 false alarms an hour' in errors
    lines = out.read_text().splitlines()
    assert lines[0] == '# rooms' and lines[1].endswith(' @d') and len(lines) == 6
    said, found, share, false, rate = table.splitlines()[-1].split()[1:]
    assert (said, share, false, rate) == (found, '100.0%', '0', '0.00')
    assert heard(model, compat, out, 'espeak_*') == int(found) > 6
    assert heard(model, compat, out, 'unseen_*') == 0
    assert heard(model, compat, loose, 'unseen_*') > 4


@pytest.mark.parametrize('text, says', [
    ('music #9\n', "line 1, column 7: found '#9'"), ('7up\n', "cannot spell '7'"),
    ('# none\n', 'has no phrase')])
def test_wrong_lists(compat, sets, tmp_path, monkeypatch, capfd, text, says):
    (tmp_path / 'words.txt').write_text(text)
    status, table, errors = run(
        monkeypatch, capfd, compat / 'model256.pbmm', '--keywords', tmp_path / 'words.txt',
        '--dev_files', sets / 'dev.csv', '--out', tmp_path / 'out')
    assert status == 1 and table == '' and says in errors and not (tmp_path / 'out').exists()


def test_a_model_that_is_not_there_is_one_line(compat, sets, tmp_path, monkeypatch, capfd):
    (tmp_path / 'words.txt').write_text('music\n')
    status, table, errors = run(
        monkeypatch, capfd, tmp_path / 'no.pbmm', '--keywords', tmp_path / 'words.txt',
        '--dev_files', sets / 'dev.csv', '--out', tmp_path / 'out')
    assert status == 1 and table == '' and 'no.pbmm' in errors and len(errors.splitlines()) == 1


def test_wrong_rates(compat, monkeypatch, capfd):
    status, _, errors = run(monkeypatch, capfd, 'm', '--keywords', 'k', '--dev_files', 'd', '--out',
                            'o', '--false_alarms', '-1')
    assert status == 2 and 'expected a number, 0 or more' in errors
