"""What a training writes for TensorBoard, and what it does where that cannot be written."""
import contextlib
import json
import resource

import pytest
import tensorflow as tf

from tests.helpers.tones import make_corpus
from tests.helpers.trainer import flags, run
from util.training.summaries import Summaries, SummarySettings


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp('corpus')
    return {name: make_corpus(folder, name, count, seed) for seed, (name, count) in enumerate(
        [('train', 64), ('dev', 4), ('test', 2)])}


def tags(folder):
    """Name of each summary -> how many values it has, and its last one."""
    found = {}
    for path in folder.glob('events*'):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                count, _ = found.get(value.tag, (0, None))
                found[value.tag] = count + 1, tf.make_ndarray(value.tensor)
    return found


def test_curves_histograms_and_a_profile(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr('util.training.summaries.time.monotonic', iter(range(10**6)).__next__)
    assert run(*flags(corpus, tmp_path / 'ck', '--epoch', 1, '--notest', '--summary_secs', 1,
                      '--summary_dir', tmp_path / 'sum', '--fulltrace')) == 0
    found = tags(tmp_path / 'sum')
    assert {name: found[name][0] for name in ('step/loss', 'step/learning_rate',
                                              'step/gradient_norm')} == {
        'step/loss': 16, 'step/learning_rate': 16, 'step/gradient_norm': 16}
    assert found['step/learning_rate'][1] == pytest.approx(0.01)
    row = [json.loads(line) for line in (tmp_path / 'ck/metrics.jsonl').read_text().splitlines()
           if '"dev"' in line][-1]
    for name in ('loss', 'wer', 'cer'):
        assert found[f'dev/{name}'][1] == pytest.approx(row[name])
    for kind in ('gradients', 'weights'):
        count, histogram = found[f'{kind}/layer_2/weights']
        assert count == 16 and histogram[:, 2].sum() == 32 * 32
    assert list((tmp_path / 'sum/plugins/profile').glob('*/*.xplane.pb'))


def test_without_summaries_fulltrace_says_what_it_needs(corpus, tmp_path, capsys):
    run(*flags(corpus, tmp_path, '--epoch', 0, '--notest', '--fulltrace'))
    assert 'W --fulltrace needs summaries: pass --summary_secs' in capsys.readouterr().out


def test_metrics_that_cannot_be_written_are_said_once(tmp_path, capsys):
    metrics = tmp_path / 'metrics.jsonl'
    metrics.symlink_to('/dev/full')
    summaries = Summaries(SummarySettings(str(tmp_path), '--n_hidden=32\n'), {})
    assert (tmp_path / 'flags.txt').read_text() == '--n_hidden=32\n'
    for epoch in range(3):
        summaries.epoch('train', epoch, 1, loss=1.0)
    assert capsys.readouterr().out == (
        f"W '{metrics}' cannot be written (No space left on device): continuing without it\n")


@contextlib.contextmanager
def full_disk(size):
    """Lets no file grow beyond so many bytes, as on a disk that is nearly full.

    Not a fixture: before those end, pytest already writes to what may be a file of its own.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_stops_the_summaries_only(corpus, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('util.training.summaries.time.monotonic', iter(range(10**6)).__next__)
    with full_disk(4096):
        assert run(*flags(corpus, tmp_path / 'ck', '--epoch', 2, '--notest', '--summary_secs', 1,
                          '--summary_dir', tmp_path / 'sum', '--max_to_keep', 0)) == 0
    out = capsys.readouterr().out
    assert out.count('W summaries cannot be written') == 1 and out.count('W ') == 1
    assert 'I FINISHED Optimization' in out


def test_a_profile_that_cannot_be_written_is_left_out(tmp_path, capsys):
    summaries = Summaries(SummarySettings('', '', str(tmp_path), 10**6, True), {})
    for step in range(11):
        summaries.step(step, dict, loss=1.0)
    with full_disk(200):
        for step in range(11, 16):
            summaries.step(step, dict, loss=1.0)
    assert capsys.readouterr().out.startswith('W no profile: ')
