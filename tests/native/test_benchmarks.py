"""The benchmarks' own rules: turns, medians, time limits, names of parts."""

import sys

import pytest

from native_client.bench.side_by_side import (
    Table,
    TooLongError,
    bound,
    chosen,
    in_turn,
    parser_for,
    run_json,
)


def test_jobs_take_turns_and_give_medians():
    order = []

    def job(name, values):
        def run(limit):
            order.append(name)
            return {'seconds': values.pop(0), 'isa': 'plain'}
        return run

    result = in_turn({'a': job('a', [3.0, 1.0, 2.0]), 'b': job('b', [5.0, 5.0, 4.0])}, 3, 60)
    assert order == ['a', 'b'] * 3
    assert result == {'a': {'seconds': 2.0, 'isa': 'plain'}, 'b': {'seconds': 5.0, 'isa': 'plain'}}


def test_a_run_over_the_limit_is_ended_and_gives_a_lower_bound():
    sleeper = [sys.executable, '-c', 'import time; time.sleep(60)']
    with pytest.raises(TooLongError):
        run_json(sleeper, limit=0.5)
    result = in_turn({'peer': lambda limit: run_json(sleeper, None, limit)}, 3, 0.5)
    assert result['peer']['seconds'] == 0.5
    assert bound(result['peer']) == '> ' and bound({'seconds': 1}) == ''


def test_a_job_that_fails_is_said_and_left_out(capsys):
    bad = [sys.executable, '-c', 'raise SystemExit("no" + " model")']
    assert in_turn({'peer': lambda limit: run_json(bad, None, limit)}, 3, 60) == {}
    assert capsys.readouterr().err.count('no model') == 1


def test_parts_are_chosen_by_name(capsys):
    parts = ('onnx', 'stt', 'isa')
    parser = parser_for('A benchmark.', parts)
    assert chosen(parser, parser.parse_args([]), parts) == ['onnx', 'stt', 'isa']
    assert chosen(parser, parser.parse_args(['--only', 'isa,onnx']), parts) == ['onnx', 'isa']
    assert chosen(parser, parser.parse_args(['--skip', 'stt']), parts) == ['onnx', 'isa']
    with pytest.raises(SystemExit):
        chosen(parser, parser.parse_args(['--skip', 'sst']), parts)
    assert 'no part is called sst' in capsys.readouterr().err


def test_rows_are_printed_as_they_come(capsys):
    table = Table('Title', 'a', 'b')
    assert capsys.readouterr().out == '\nTitle\n\n| a | b |\n|---|---|\n'
    table.row(1, 'x')
    assert capsys.readouterr().out == '| 1 | x |\n'
