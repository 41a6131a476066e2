"""The word error rate report."""
import json
import math

import pytest

from util import log
from util.errors import UserError
from util.training.report import (
    LINE,
    ReportSettings,
    Sample,
    Summary,
    print_report,
    wer_line,
    write_json,
)


@pytest.fixture
def samples():
    return [Sample.compare(f'{i}.wav', src, res, loss) for i, (src, res, loss) in enumerate([
        ('one two three four', 'one two three four', 1.0),
        ('one', 'two', 4.0),
        ('a b', 'a', 2.5)])]


def test_rates_are_summed_over_the_corpus(samples):
    summary = Summary.of(samples)
    assert summary.wer == pytest.approx(2 / 7)
    assert summary.cer == pytest.approx((0 + 3 + 2) / (18 + 3 + 3))
    assert summary.loss == pytest.approx(2.5)
    assert summary.mean_utterance_wer == pytest.approx((0 + 1 + 0.5) / 3)
    assert summary.mean_edit_distance == pytest.approx((0 + 1 + 2 / 3) / 3)


def test_report_format(samples, capsys):
    print_report('Test of Epoch 50', 'test', samples, ReportSettings(10))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('I Test of Epoch 50 - WER: 0.285714, loss: 2.500000, '
                               'mean edit distance: 0.555556')
    assert lines[1:7] == [LINE, 'WER: 0.000000, loss: 1.000000, mean edit distance: 0.000000',
                          ' - wav: 0.wav', ' - src: "one two three four"',
                          ' - res: "one two three four"', LINE]


def test_report_shows_best_median_worst(samples, capsys):
    print_report('Test of Epoch 1', 'test', samples, ReportSettings(1))
    out = capsys.readouterr().out
    assert [out.index(s) for s in ('Best WER', '0.wav', 'Median WER', '2.wav', 'Worst WER',
                                   '1.wav')] == sorted(
        out.index(s) for s in ('Best WER', '0.wav', 'Median WER', '2.wav', 'Worst WER', '1.wav'))


def test_report_without_samples(samples, capsys):
    print_report('Test of Epoch 1', 'test', samples, ReportSettings(0))
    assert capsys.readouterr().out.count('\n') == 1


@pytest.mark.parametrize('level, lines', [(1, 17), (2, 1), (3, 1)])
def test_samples_are_shown_where_their_rates_are(samples, capsys, level, lines):
    log.set_level(level)
    print_report('Test of Epoch 1', 'test', samples, ReportSettings(5, 'WER %s %s %f'))
    out = capsys.readouterr().out.splitlines()
    assert len(out) == lines + (level == 1) and out[-1].startswith('WER test 20')


@pytest.mark.parametrize('place', range(3))
def test_loss_that_is_not_a_number_ranks_last_of_its_wer(capsys, place):
    losses = [1.0, 2.0]
    losses.insert(place, math.nan)
    samples = [Sample.compare(f'{loss}.wav', 'a', 'b', loss) for loss in losses]
    print_report('Test', 'test', samples, ReportSettings())
    wavs = [line for line in capsys.readouterr().out.splitlines() if line.startswith(' - wav')]
    assert wavs == [' - wav: 1.0.wav', ' - wav: 2.0.wav', ' - wav: nan.wav']


def test_wer_line_takes_name_date_rate():
    assert wer_line('%s|%s|%.2f', 'test', 0.125).split('|')[::2] == ['test', '0.12']
    with pytest.raises(UserError, match='three fields'):
        wer_line('%f', 'test', 0.1)


def test_json_has_every_sample(samples, tmp_path):
    write_json(str(tmp_path / 'out.json'), samples)
    rows = json.loads((tmp_path / 'out.json').read_text())
    assert [row['res'] for row in rows] == ['one two three four', 'two', 'a']
    assert rows[1]['wer'] == 1.0
