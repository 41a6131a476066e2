"""Results of tests with what their set knows of them."""

import pytest

from tests.helpers.clips import broken, noise
from tests.helpers.runs import utterance
from util.data.manifest import Utterance
from util.report.tested import Rates, placed, worst
from util.training.report import Sample


def test_the_order_is_that_of_the_set(tmp_path):
    wavs = [str(noise(tmp_path / f'{name}.wav', secs)) for name, secs in (('b', 0.5), ('a', 1))]
    wavs += [str(broken(tmp_path / 'broken.wav')), str(tmp_path / 'gone.wav')]
    rows = [Utterance(wav, 0, 'x', 'a.csv', line) for line, wav in enumerate(wavs[:3], 2)]
    samples = [Sample.compare(wav, 'x y', 'x', 2.5) for wav in sorted(wavs)]
    found = placed(samples, rows, {wavs[1]: 'ann'})
    assert [each.wav_filename for each in found] == wavs
    assert [each.secs for each in found] == [0.5, 1.0, 0, 0]
    assert [each.speaker for each in found] == ['', 'ann', '', '']
    assert [(each.word_edits, each.words, each.loss) for each in found] == [(1, 2, 2.5)] * 4
    assert [each.wav_filename for each in placed(samples, [], {})] == sorted(wavs)


def test_rates_are_sums():
    rates = Rates.of([utterance('a b c', 'a b c', secs=1), utterance('a', 'bb', secs=2)])
    assert (rates.count, rates.words, rates.secs) == (2, 4, 3)
    assert rates.wer == 1 / 4 and rates.cer == pytest.approx(2 / 6)
    assert Rates.of([]).wer == 0


def test_the_worst_have_the_most_wrong_words():
    tested = [utterance('a b', 'a b', 'right'), utterance('a b', 'c d', 'both'),
              utterance('a b', 'a c', 'little'), utterance('a bcd', 'a efg', 'letters'),
              utterance('a', 'xxxxxxxxxx', 'long')]
    assert [each.place for each in worst(tested, 3)] == ['both', 'long', 'letters']
    assert [each.place for each in worst(tested, 9, by_characters=True)] == [
        'long', 'letters', 'both', 'little']
