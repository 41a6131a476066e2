"""bin/tune_hot_words.py: boosts found on recordings whose transcripts are known."""

import csv
import runpy
import sys

import pytest

from tests.helpers.need import need_module
from tests.helpers.places import BIN

SCRIPT = str(BIN / 'tune_hot_words.py')


@pytest.fixture(scope='module')
def names():
    """Return what the script defines."""
    need_module('deepspeech')
    return runpy.run_path(SCRIPT)


@pytest.mark.parametrize('phrase, text, count', [
    ('a', 'a b a', 2), ('a', 'ab ba', 0), ('a b', 'a b a b', 2), ('a a', 'a a a', 2), ('a', '', 0)])
def test_occurrences(names, phrase, text, count):
    assert names['occurrences'](phrase, text) == count


def test_words(names, tmp_path):
    assert names['read_words']('anna, new  york,anna') == ['anna', 'new york']
    (tmp_path / 'words').write_text('anna\n\nnew york\n')
    assert names['read_words'](str(tmp_path / 'words')) == ['anna', 'new york']
    for nothing in '', ' , ':
        with pytest.raises(names['UserError'], match='has no words'):
            names['read_words'](nothing)


def run(monkeypatch, capfd, *arguments):
    """Run the script in this process; return its status, output and errors."""
    monkeypatch.setattr(sys, 'argv', [SCRIPT, *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(SCRIPT, None, '__main__')
    return (end.value.code, *capfd.readouterr())


@pytest.fixture(scope='module')
def dev(compat, tmp_path_factory):
    """Return a CSV in which one recording says what the model has second, and a word of that."""
    deepspeech = need_module('deepspeech')
    model = deepspeech.Model(compat / 'model256.pbmm')
    path, wanted = tmp_path_factory.mktemp('tune') / 'dev.csv', ''
    with open(path, 'w') as file:
        writer = csv.writer(file)
        writer.writerow(['wav_filename', 'wav_filesize', 'transcript'])
        for wav in sorted((compat / 'audio').glob('espeak_*.wav'))[:6]:
            found = model.sttWithMetadata(deepspeech.read_audio(wav), 20).transcripts
            text, other = found[0].text, ''
            for candidate in found[1:] if not wanted else ():
                new = [word for word in candidate.text.split() if word not in text.split()]
                if len(new) == 1:
                    other, wanted = candidate.text, new[0]
                    break
            writer.writerow([wav, wav.stat().st_size, other or text])
    assert wanted
    return path, wanted


def test_a_word_that_is_missed_gets_the_boost_that_finds_it(monkeypatch, capfd, compat, dev):
    path, wanted = dev
    kept = next(csv.DictReader(open(path)))['transcript'].split()[-1]
    code, out, err = run(monkeypatch, capfd, compat / 'model256.pbmm', '--dev_files', path,
                         '--words', f'{wanted},{kept},zzz', '--boosts', '1,3,6,12')
    assert code == 0, err
    assert "nobody says 'zzz'" in err
    line, = (line for line in out.splitlines() if line.startswith('--hot_words'))
    assert line.startswith(f"--hot_words '{wanted}:") and 'zzz' not in line
    row, = (line for line in out.splitlines() if line.split()[:1] == [wanted])
    assert row.split('|')[0].split()[3] == '0.0%' and row.split('|')[1].split()[1] == '100.0%'


@pytest.mark.parametrize('words, boosts, code, says', [
    ('drei!', '1', 1, "cannot spell 'drei!'"),
    ('x', 'a,b', 2, "--boosts: 'a': expected a number from -1000 to 1000")])
def test_mistakes(monkeypatch, capfd, compat, dev, words, boosts, code, says):
    status, _, err = run(monkeypatch, capfd, compat / 'model256.pbmm', '--dev_files', dev[0],
                         '--words', words, '--boosts', boosts)
    assert status == code and says in err
