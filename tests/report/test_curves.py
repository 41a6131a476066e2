"""Curves: metrics.jsonl as it is while a training writes it, and damaged ones in one line."""

import pytest

from tests.helpers.runs import write_metrics
from util.errors import UserError
from util.report.curves import best_epoch, read_curves


def test_repeated_epoch_counts_once_and_a_line_that_is_being_written_not(tmp_path):
    write_metrics(tmp_path, epochs=4)
    curves = read_curves(tmp_path / 'metrics.jsonl')
    assert curves['train', 'loss'][:2] == [(0, 140.0), (1, 75.0)]
    assert [epoch for epoch, _ in curves['dev', 'wer']] == [2]
    assert best_epoch(curves) == 2


@pytest.mark.parametrize('line', [
    'not json', '[]', '7', '{}', '{"set": "dev"}', '{"set": "dev", "epoch": "two"}',
    '{"set": "dev", "epoch": null}', '{"set": "dev", "epoch": 1, "wer": "low"}',
    '{"set": "dev", "epoch": 1, "wer": [1]}', '\udcff\udcfe'])
def test_a_damaged_line_is_named_unless_it_is_the_last(tmp_path, line):
    path = tmp_path / 'metrics.jsonl'
    path.write_bytes(f'{line}\n'.encode(errors='surrogateescape'))
    assert read_curves(path) == {}
    path.write_bytes(f'{line}\n{{}}\n'.encode(errors='surrogateescape'))
    with pytest.raises(UserError, match='line 1: expected a JSON object with set and epoch'):
        read_curves(path)


def test_no_file(tmp_path):
    with pytest.raises(UserError, match='No such file'):
        read_curves(tmp_path / 'metrics.jsonl')
