#!/usr/bin/env python3
"""Find a boost for each hot word on recordings, and print the option of `deepspeech` to use.

    bin/tune_hot_words.py exported/output_graph.pbmm --words 'anna,new york' --dev_files dev.csv
    bin/tune_hot_words.py MODEL --words words.txt --dev_files dev.csv --scorer my.scorer

Words or phrases are separated by commas, or stand in a file, a line each. The recordings should
have them, and other things too, in which a boost that is too high writes them where nobody said
them. The network runs once; then each word is decoded with each boost, the other words with none.
The boost with the fewest errors is taken, a missed word counting 1 and one that was not said
--false_cost; of equal ones that with the better word error rate, then the lowest. 0 means that a
word is better left alone. The last row of the table has all words with their boosts at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.choices import at_least, real
from util.client.recogniser import Recogniser
from util.client.samples import read_samples
from util.data.read import read_utterances
from util.errors import UserError
from util.progress import progress
from util.text.alphabet import Alphabet
from util.text.transcripts import times_in_a_row, word_error

if TYPE_CHECKING:
    import ds_ctcdecoder

BOOSTS = '0,1,2,3,4,5,6,8,10,12,15,20'


@dataclass(frozen=True)
class Score:
    """What came out for a word: how often it was said, found, and written where nobody said it."""

    said: int
    found: int
    false: int
    wer: float

    def cost(self, false_cost: float) -> tuple[float, float]:
        """Return what to make small."""
        return self.said - self.found + false_cost * self.false, self.wer

    def row(self) -> str:
        """Return the figures as columns."""
        recall = f'{self.found / self.said:6.1%}' if self.said else '   -  '
        return f'{self.said:5} {recall} {self.false:6} {self.wer:7.2%}'


def boosts(value: str) -> list[float]:
    """Read --boosts; none at all is one of them."""
    return sorted({0.0, *map(real(-1000, 1000), value.split(','))})


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('model', help='exported .pbmm, .pb or .tflite')
    p.add_argument('--words', required=True, help='words and phrases, or a file with one a line')
    p.add_argument('--dev_files', required=True, help='CSV, SDB or tar files, separated by commas')
    p.add_argument('--boosts', default=BOOSTS, type=boosts, metavar='B,...',
                   help='boosts to try (default: %(default)s)')
    p.add_argument('--false_cost', type=real(0), default=1.0,
                   help='of a word that was not said; one missed costs 1 (default: %(default)s)')
    p.add_argument('--scorer', default='', help='language model that the model is used with')
    p.add_argument('--lm_alpha', type=real(), help="default: the scorer's own")
    p.add_argument('--lm_beta', type=real(), help="default: the scorer's own")
    p.add_argument('--beam_width', type=at_least(0), default=0, help="default: the model's own")
    p.add_argument('--jobs', type=at_least(1), default=os.cpu_count(), help='threads (%(default)s)')
    o = p.parse_args()
    if (o.lm_alpha is None) != (o.lm_beta is None):
        p.error('--lm_alpha and --lm_beta are given together')
    return o


def read_words(words: str) -> list[str]:
    """Return the words and phrases of a list or of a file.

    Raises:
        UserError: there are none, or the file cannot be read.
    """
    try:
        text = Path(words).read_text(encoding='utf-8') if os.path.isfile(words) else words
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'--words {words}: {error}') from error
    found = [' '.join(word.split()) for line in text.splitlines() for word in line.split(',')]
    if not any(found):
        raise UserError(f'--words {words!r} has no words')
    return list(dict.fromkeys(word for word in found if word))


def occurrences(phrase: str, text: str) -> int:
    """Count how often a text has the words of a phrase in a row."""
    return times_in_a_row(phrase.split(), text.split())


class Trials:
    """What the network says of the recordings, to be decoded with any hot words."""

    def __init__(self, o: argparse.Namespace) -> None:
        import ds_ctcdecoder

        model = Recogniser(o.model, o.scorer, o.beam_width, o.lm_alpha, o.lm_beta, 0).open()
        labels = model.info.labels
        self.alphabet = (ds_ctcdecoder.UTF8Alphabet() if model.info.bytes_output else
                         ds_ctcdecoder.Alphabet.deserialize(Alphabet(labels).serialize()))
        self._scorer: ds_ctcdecoder.Scorer | None = None
        if o.scorer:
            self._scorer = ds_ctcdecoder.Scorer(o.lm_alpha, o.lm_beta, o.scorer, self.alphabet)
        self._beam_width, self._jobs, self._decode = model.beamWidth(), o.jobs, (
            ds_ctcdecoder.decode_batch)
        self._probabilities: list[np.ndarray] = []
        self.said: list[str] = []
        utterances = read_utterances([path for path in o.dev_files.split(',') if path])
        for utterance in progress(utterances, label='network'):
            try:
                samples = read_samples(utterance.wav, model.sampleRate())
                self._probabilities.append(model.emissions(samples))
                self.said.append(utterance.transcript)
            except (UserError, ValueError, RuntimeError) as error:
                log.warn(utterance.say(f'{error}; left out'))
        if not self.said:
            raise UserError(f'none of the {len(utterances)} recordings of {o.dev_files} can be '
                            'transcribed')

    def written(self, hot_words: dict[str, float]) -> list[str]:
        """Return the transcripts."""
        found = self._decode(self._probabilities, None, self.alphabet, self._beam_width,
                             self._jobs, scorer=self._scorer, hot_words=hot_words)
        return [outputs[0].text for outputs in found]

    def score(self, words: Sequence[str], hot_words: dict[str, float]) -> Score:
        """Decode with hot words and count what became of some words, and the word error rate."""
        said_all = found = false = edits = length = 0
        for said, written in zip(self.said, self.written(hot_words)):
            for word in words:
                here, there = occurrences(word, said), occurrences(word, written)
                said_all += here
                found += min(here, there)
                false += max(0, there - here)
            wrong, count = word_error(said, written)
            edits, length = edits + wrong, length + count
        return Score(said_all, found, false, edits / max(1, length))


def main(o: argparse.Namespace) -> None:
    """Try the boosts word by word and print what is best."""
    words = read_words(o.words)
    trials = Trials(o)
    for word in words:
        if not all(map(trials.alphabet.CanEncode, word.split())):
            raise UserError(f'the alphabet of {o.model} cannot spell {word!r}: leave it out')
        if not any(occurrences(word, said) for said in trials.said):
            log.warn(f'nobody says {word!r} in {o.dev_files}: nothing can be found out about it')
    width = max(len('all at once'), *map(len, words))
    print(f'{"":{width}}             without              |               with\n'
          f'{"word":{width}} boost  said recall  false     WER |  said recall  false     WER')
    chosen: dict[str, float] = {}
    for word in progress(words, label='words'):
        plain = best = trials.score([word], {})
        for boost in o.boosts if plain.said else ():
            score = trials.score([word], {word: boost}) if boost else plain
            if score.cost(o.false_cost) < best.cost(o.false_cost):
                best, chosen[word] = score, boost
        print(f'{word:{width}} {chosen.get(word, 0):5g} {plain.row()} | {best.row()}', flush=True)
    print(f'{"all at once":{width}}       {trials.score(words, {}).row()} | '
          f'{trials.score(words, chosen).row()}')
    if chosen:
        print("--hot_words '" + ','.join(f'{word}:{boost:g}' for word, boost in chosen.items())
              + "'")
    else:
        print('no boost makes any of them better: use no hot words')


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
