"""The report of 0.9.3: its lines, the order of its samples, its parts."""

import math

import pytest

from util import log
from util.training.report import LINE, ReportSettings, Sample
from util.training.report_on import print_report_on


def sample(name, words, edits, loss, chars=10, char_edits=1):
    return Sample(name, 'a ' * words, 'b', loss, edits, words, char_edits, chars)


def lines_of(capsys, samples, **settings):
    print_report_on('a b.csv', samples, ReportSettings(**settings))
    return capsys.readouterr().out.splitlines()


def wavs(lines):
    return [line.rpartition('/')[2] for line in lines if line.startswith(' - wav: file:///')]


def test_lines(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = lines_of(capsys, [Sample.compare('x/1.wav', 'one two', 'one', 2.0),
                              Sample.compare('/2.wav', 'one', 'one', 1.0)], count=1)
    assert lines == [
        'Test on a b.csv - WER: 0.333333, CER: 0.400000, loss: 1.500000', LINE,
        'Best WER:', LINE, 'WER: 0.000000, CER: 0.000000, loss: 1.000000',
        ' - wav: file:///2.wav', ' - src: "one"', ' - res: "one"', LINE,
        'Median WER:', LINE, 'WER: 0.500000, CER: 0.571429, loss: 2.000000',
        f' - wav: file://{tmp_path}/x/1.wav', ' - src: "one two"', ' - res: "one"', LINE,
        'Worst WER:', LINE, 'WER: 0.500000, CER: 0.571429, loss: 2.000000',
        f' - wav: file://{tmp_path}/x/1.wav', ' - src: "one two"', ' - res: "one"', LINE]
    assert all(len(line) == 80 for line in lines if set(line) == {'-'})


@pytest.mark.parametrize('source', ['http://host/a.tar', 'https://h/a.tar', 'pipe:cat a.tar'])
def test_recordings_that_lie_elsewhere(capsys, source):
    lines = lines_of(capsys, [sample(f'{source}:1.wav', 2, 0, 1.0)], count=1)
    assert lines.count(f' - wav: {source}:1.wav') == 3


def test_order_and_parts(capsys):
    """WER up, then loss down; a loss that is not a number counts as the greatest."""
    samples = [sample('c.wav', 2, 1, 1.0), sample('a.wav', 2, 0, 1.0), sample('b.wav', 2, 1, 3.0),
               sample('n.wav', 2, 1, math.nan), sample('d.wav', 2, 2, 0.0)]
    everything = wavs(lines_of(capsys, samples, count=9))
    assert everything == 3 * ['a.wav', 'n.wav', 'b.wav', 'c.wav', 'd.wav']
    assert wavs(lines_of(capsys, samples, count=2)) == [
        'a.wav', 'n.wav', 'n.wav', 'b.wav', 'c.wav', 'd.wav']


def test_bytes_are_ranked_by_characters(capsys):
    samples = [sample('x.wav', 2, 2, 1.0, char_edits=1), sample('y.wav', 2, 0, 1.0, char_edits=9)]
    assert wavs(lines_of(capsys, samples, count=1))[0] == 'y.wav'
    assert wavs(lines_of(capsys, samples, count=1, by_characters=True))[0] == 'x.wav'


@pytest.mark.parametrize('count', range(1, 8))
@pytest.mark.parametrize('samples', range(1, 8))
def test_every_part_has_its_samples(capsys, count, samples):
    found = wavs(lines_of(capsys, [sample(f'{i}.wav', 9, i, 1.0) for i in range(samples)],
                          count=count))
    assert len(found) in range(3, 3 * min(count, samples) + 1)
    assert found[0] == '0.wav' and found[-1] == f'{samples - 1}.wav'


def test_rates_alone(capsys):
    for settings in ({'count': 0}, {'wer_log_pattern': '%s %s %f'}):
        lines = lines_of(capsys, [sample('a.wav', 2, 0, 1.0)], **settings)
        assert lines[0].startswith('Test on a b.csv - WER: 0.000000, ')
        assert len(lines) == (2 if 'count' in settings else 24)
    log.set_level(2)
    assert len(lines_of(capsys, [sample('a.wav', 2, 0, 1.0)])) == 2
