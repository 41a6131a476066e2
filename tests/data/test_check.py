"""The check before training: every hostile file, every reason, totals, and the command."""

import json
import os
import subprocess
import sys
import wave

import pytest

from tests.helpers.hostile import READABLE, UNREADABLE
from tests.helpers.places import ROOT
from util.audio import reading
from util.data import check
from util.data.manifest import Utterance, read_csvs
from util.errors import UserError
from util.features import FeatureSettings, num_steps
from util.text.alphabet import Alphabet

ALPHABET = Alphabet(" abcdefghijklmnopqrstuvwxyz'")
SETTINGS = FeatureSettings()
HEADER = 'wav_filename,wav_filesize,transcript\n'

# With a transcript of 20 labels: file -> kind it is left out for; the others are usable.
REJECTED = {
    **dict.fromkeys(UNREADABLE, check.AUDIO),
    'no_samples.wav': check.SILENT,
    'one_sample.wav': check.TOO_LONG,
    'short_10ms.wav': check.TOO_LONG,
    'short_32ms.wav': check.TOO_LONG,
}
# CSV -> kinds of the rows left out, in order, and the number of usable ones.
CSVS = {
    'good.csv': ([], 1),
    'bom_crlf.csv': ([], 1),
    'columns_reordered.csv': ([], 1),
    'column_missing.csv': ([], 1),
    'file_missing.csv': ([check.AUDIO], 1),
    'size_wrong.csv': ([], 1),
    'size_not_number.csv': ([], 1),
    'transcript_empty.csv': ([check.EMPTY], 1),
    'transcript_spaces.csv': ([], 1),
    'char_not_in_alphabet.csv': ([check.ALPHABET], 0),
    'transcript_too_long.csv': ([check.TOO_LONG, check.TOO_LONG], 0),
    'repeats_tight.csv': ([check.TOO_LONG], 0),
    'odd_name.csv': ([], 1),
    'mixed_rates.csv': ([], 2),
}


@pytest.mark.parametrize('name', list(READABLE) + list(UNREADABLE))
def test_every_hostile_audio_file(shared_data, name):
    utterance = Utterance(f'{shared_data}/hostile/{name}', 0, 'twenty letters these', 'x.csv', 7)
    result = check.check([utterance], ALPHABET, SETTINGS, show_progressbar=False)
    if name in REJECTED:
        (left_out,) = result.left_out
        assert left_out.kind == REJECTED[name]
        assert str(left_out).startswith('x.csv:7: ') and name in str(left_out)
        assert not result.usable and result.hours_left_out == result.hours_total
        return
    assert result.usable == [utterance] and not result.left_out
    samples, notes = reading.read_with_notes(utterance.wav)
    assert result.steps.tolist() == [num_steps(len(samples), SETTINGS)]
    assert result.secs == pytest.approx(len(samples) / 16000, abs=1e-3)
    # All that reading puts right is said, but for what only decoding shows.
    assert set(result.notes) == set(notes) - {reading.NOT_FINITE}


@pytest.mark.parametrize('name', CSVS)
def test_every_readable_hostile_csv(shared_data, name):
    kinds, usable = CSVS[name]
    rows = read_csvs([f'{shared_data}/hostile/csv/{name}'])
    result = check.check(rows, ALPHABET, SETTINGS, show_progressbar=False)
    assert [r.kind for r in result.left_out] == kinds
    assert len(result.usable) == len(result.steps) == usable


def _wav(path, n_samples):
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, 16000, 0, 'NONE', ''))
        f.writeframes(b'\1\0' * n_samples)
    return str(path)


@pytest.fixture
def corpus(tmp_path):
    """Five rows, one second each: one good one and one of each kind of fault."""
    for name in 'abcd':
        _wav(tmp_path / f'{name}.wav', 16000)
    path = tmp_path / 'set.csv'
    path.write_text(HEADER + 'a.wav,1,hello world\nb.wav,1,\nc.wav,1,hellö\n'
                    f'd.wav,1,{"ab" * 30}\ngone.wav,1,hello\n')
    return str(path)


@pytest.mark.parametrize('kind', ['2017', '0.9.3'])
def test_a_transcript_fits_exactly_or_not_at_all(tmp_path, kind):
    settings = FeatureSettings(kind=kind)
    wav = _wav(tmp_path / 'a.wav', 16000 // 10)
    steps = num_steps(1600, settings)
    fits = ('ab' * steps)[:steps]
    repeats = 'a' + fits[:-1]
    assert len(repeats) == steps
    result = check.check([Utterance(wav, 0, t, 'x.csv', i + 2)
                          for i, t in enumerate((fits, fits + 'z', repeats, repeats[:-1]))],
                         ALPHABET, settings, show_progressbar=False)
    assert [u.line for u in result.usable] == [2, 5]
    assert [r.utterance.line for r in result.left_out] == [3, 4]
    assert result.left_out[0].kind == check.TOO_LONG
    assert f'needs {steps + 1} time steps, the audio has {steps}' in result.left_out[0].reason


def test_offenders_are_named_counted_and_left_out(corpus, capsys):
    results = check.check_sets({'train': read_csvs([corpus])}, ALPHABET, SETTINGS,
                               show_progressbar=False)
    out = capsys.readouterr().out.replace(os.path.dirname(corpus) + '/', '')
    assert out == (
        'W set.csv:3: b.wav: the transcript is empty\n'
        "W set.csv:4: c.wav: not in the alphabet: 'ö'; clean the transcript or extend the "
        'alphabet\n'
        'W set.csv:5: d.wav: the transcript needs 60 time steps, the audio has 50 (1.00 s)\n'
        'W set.csv:6: gone.wav: the file is missing\n'
        'I train: 5 utterances, 4.0 seconds; left out: 4 utterances, 3.0 seconds ('
        'empty transcript: 1, character outside the alphabet: 1, '
        'transcript too long for the audio: 1, audio cannot be read: 1)\n')
    assert [u.line for u in results['train'].usable] == [2]
    assert results['train'].hours_total == pytest.approx(4 / 3600)


def test_strict_stops_and_an_unusable_set_is_an_error(corpus):
    rows = read_csvs([corpus])
    with pytest.raises(UserError, match='4 utterances cannot be used and --strict'):
        check.check_sets({'train': rows}, ALPHABET, SETTINGS, strict=True, show_progressbar=False)
    with pytest.raises(UserError, match='dev: none of 2 utterances can be used; the first: .*:3:'):
        check.check_sets({'train': rows, 'dev': rows[1:3]}, ALPHABET, SETTINGS,
                         show_progressbar=False)


def test_many_offenders_do_not_flood_the_log(corpus, capsys):
    rows = read_csvs([corpus])
    check.check_sets({'train': rows * 500}, ALPHABET, SETTINGS, show_progressbar=False)
    out = capsys.readouterr().out
    assert out.count('\n') == check.NAMED + 2
    assert f'and {2000 - check.NAMED} more: see bin/check_data.py {corpus}' in out


def _check_data(*args):
    return subprocess.run([sys.executable, f'{ROOT}/bin/check_data.py', *args],
                          capture_output=True, text=True, cwd='/')


def test_the_command(corpus, tmp_path):
    good = tmp_path / 'good.csv'
    good.write_text(HEADER + 'a.wav,1,hello\n')
    done = _check_data(corpus, str(good))
    assert done.returncode == 0
    assert f'{corpus}:6: ' in done.stdout
    assert f'{good}: 1 utterance, 1.0 seconds\n' in done.stdout
    assert _check_data('--strict', corpus).returncode == 1
    assert _check_data('--strict', str(good)).returncode == 0

    done = _check_data('--json', corpus, str(tmp_path / 'none.csv'))
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert not report['ok'] and 'No such file' in report['sets'][1]['error']
    first = report['sets'][0]
    assert (first['utterances'], first['usable']) == (5, 1)
    assert [r['line'] for r in first['rejected']] == [3, 4, 5, 6]


def test_the_command_takes_the_windows_of_the_training(tmp_path):
    _wav(tmp_path / 'a.wav', 16000)
    path = tmp_path / 'set.csv'
    path.write_text(HEADER + f'a.wav,1,{"ab" * 30}\n')  # 60 labels in a second
    assert _check_data(str(path)).returncode == 1
    assert _check_data('--feature_win_step', '10', str(path)).returncode == 0
    done = _check_data('--feature_win_len', '-5', str(path))
    assert done.returncode == 1 and done.stderr.startswith('E a window of -5 ms every 20 ms')


def test_the_command_misused():
    for args in ((), ('--jobs', '-1', 'x.csv'), ('--nonsense', 'x.csv')):
        done = _check_data(*args)
        assert done.returncode == 2 and 'usage' in done.stderr and not done.stdout
    done = _check_data('--alphabet', '/none', 'x.csv')
    assert done.returncode == 1
    assert done.stderr.startswith("E alphabet '/none' cannot be read")
    assert '--strict' in _check_data('--help').stdout
