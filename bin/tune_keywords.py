#!/usr/bin/env python3
r"""Find a threshold for each keyword on recordings, for a number of false alarms an hour.

    bin/tune_keywords.py exported/output_graph.pbmm --keywords words.txt --dev_files dev.csv \
        --other_files speech.csv --false_alarms 1 --out tuned.txt

The list has a phrase a line, as `deepspeech --keywords` reads it; --out gets the same lines with
thresholds. The recordings are run once, each as a stream of its own: what --dev_files have is said
in them as the transcripts tell, and everything else that is heard is a false alarm; --other_files
are more speech, noise and music, of many hours if possible, for false alarms alone (their
transcripts count too, where they have keywords). The false alarms are those of the whole list: of
all ways to share them out among the phrases the one that hears most is taken. A threshold then lies
between the scores that it has to tell apart.

What is chosen on recordings says too much of them: leave the speakers that you test with out of all
of these files.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.choices import at_least, real
from util.client.recogniser import Recogniser
from util.client.samples import read_samples
from util.data.manifest import Utterance
from util.data.read import read_utterances
from util.errors import UserError
from util.files import whole_file
from util.progress import progress
from util.text.transcripts import times_in_a_row

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 0.02  # what is not worth listening for
USUAL = 0.3   # of phrases that nothing is known about


@dataclass
class Phrase:
    """A line of the list with a phrase, and the scores with which it was heard."""

    text: str
    marks: str  # all but the threshold
    words: list[str]
    said: int = 0
    right: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)

    def hits(self, threshold: float) -> int:
        """Return how often it is heard where it is said."""
        return sum(score >= threshold for score in self.right)

    def false(self, threshold: float) -> int:
        """Return how often it is heard elsewhere."""
        return sum(score >= threshold for score in self.wrong)

    def with_false(self, count: int) -> float:
        """Return the best threshold that lets so many false alarms through at most."""
        above = sorted(self.wrong, reverse=True)
        lowest = above[count] if count < len(above) else 0.0
        kept = [score for score in self.right if score > lowest]
        kept += [score for score in above[:count] if score > lowest]
        if not lowest:
            return USUAL if not kept else max(LEAST, min(USUAL, 0.8 * min(kept)))
        return math.sqrt(lowest * min([*kept, 1.0]))


class Heard(NamedTuple):
    """What came out of a recording: seconds, and (number of the phrase, score) of each hit."""

    seconds: float
    hits: list[tuple[int, float]]


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('model', help='exported .pbmm, .pb or .tflite')
    p.add_argument('--keywords', required=True, help='the list: a phrase a line')
    p.add_argument('--dev_files', required=True, help='CSV, SDB or tar files, separated by commas')
    p.add_argument('--other_files', default='', help='more of them, for false alarms')
    p.add_argument('--false_alarms', type=real(0), default=1.0,
                   help='of the whole list in an hour (default: %(default)s)')
    p.add_argument('--out', required=True, help='the list with thresholds')
    p.add_argument('--jobs', type=at_least(1), default=os.cpu_count(), help='threads (%(default)s)')
    o = p.parse_args()
    return o


def plain(text: str) -> list[str]:
    """Return the words of a text as they are compared."""
    return unicodedata.normalize('NFC', text).lower().split()


def read_list(path: str) -> list[str | Phrase]:
    """Return the lines of a list: phrases, and others as they are.

    Raises:
        UserError: it cannot be read.
    """
    try:
        text = Path(path).read_text(encoding='utf-8-sig')
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'--keywords {path}: {error}') from error
    lines: list[str | Phrase] = []
    for line in text.splitlines():
        tokens = line.split()
        if not tokens or tokens[0].startswith('#'):
            lines.append(line)
            continue
        words = [token for token in tokens if token[0] not in '#@']
        marks = [token for token in tokens if token[0] == '@']
        lines.append(Phrase(' '.join(words), ''.join(f' {mark}' for mark in marks),
                            plain(' '.join(words))))
    return lines


def occurrences(words: list[str], text: list[str], spaces: bool) -> int:
    """Count how often a text has some words in a row, or their letters where there are no words."""
    if not spaces:
        return ''.join(text).count(''.join(words))
    return times_in_a_row(words, text)


class Ears:
    """A model that listens for all phrases of a list with the lowest threshold."""

    def __init__(self, o: argparse.Namespace, phrases: Sequence[Phrase]) -> None:
        self.model = Recogniser(o.model).open()
        self.spaces = ' ' in self.model.info.labels and not self.model.info.bytes_output
        self._jobs = o.jobs
        self._lines = [f'{phrase.text} #{LEAST} @{number}'
                       for number, phrase in enumerate(phrases)]

    def hear(self, utterance: Utterance) -> Heard | None:
        """Listen to a recording; None if it cannot be read."""
        try:
            samples = read_samples(utterance.wav, self.model.sampleRate())
        except (UserError, ValueError) as error:
            log.warn(utterance.say(f'{error}; left out'))
            return None
        stream = self.model.createStream()
        stream.enableKeywords(self._lines)
        stream.feedAudioContent(samples)
        return Heard(len(samples) / self.model.sampleRate(),
                     [(int(hit.phrase), hit.score) for hit in stream.finishKeywords()])

    def hear_all(self, files: str, phrases: Sequence[Phrase]) -> float:
        """Listen to all recordings of some files; return their hours."""
        utterances = read_utterances([path for path in files.split(',') if path])
        seconds, count = 0.0, 0
        with ThreadPoolExecutor(self._jobs) as pool:
            for utterance, heard in zip(utterances, progress(
                    pool.map(self.hear, utterances), total=len(utterances), label='network')):
                if heard is not None:
                    count, seconds = count + 1, seconds + heard.seconds
                    self.judge(utterance.transcript, heard.hits, phrases)
        if not count:
            raise UserError(f'none of the {len(utterances)} recordings of {files} can be heard')
        return seconds / 3600

    def judge(self, transcript: str, hits: list[tuple[int, float]],
              phrases: Sequence[Phrase]) -> None:
        """Tell what was said from what was not: of a phrase's hits, the best are right."""
        text = plain(transcript)
        for number, phrase in enumerate(phrases):
            scores = sorted((score for n, score in hits if n == number), reverse=True)
            said = occurrences(phrase.words, text, self.spaces)
            phrase.said += said
            phrase.right += scores[:said]
            phrase.wrong += scores[said:]


def choose(phrases: Sequence[Phrase], allowed: int) -> list[float]:
    """Return thresholds with as many hits as can be, and no more false alarms than allowed."""
    best: dict[int, tuple[int, list[float]]] = {0: (0, [])}  # by false alarms: hits, thresholds
    for phrase in phrases:
        ways: dict[int, tuple[int, float]] = {}
        for count in range(min(allowed, len(phrase.wrong)) + 1):
            threshold = phrase.with_false(count)
            false, hits = phrase.false(threshold), phrase.hits(threshold)
            if false <= allowed and hits > ways.get(false, (-1, 0.0))[0]:
                ways[false] = hits, threshold
        if not ways:
            log.warn(f'{phrase.text!r} is heard for certain where nobody says it: leave it out')
            ways[0] = phrase.hits(1), 1.0
        better: dict[int, tuple[int, list[float]]] = {}
        for used, (all_hits, thresholds) in best.items():
            for false, (hits, threshold) in ways.items():
                total = used + false
                if total <= allowed and all_hits + hits > better.get(total, (-1, []))[0]:
                    better[total] = all_hits + hits, [*thresholds, threshold]
        best = better
    return max(best.items(), key=lambda item: (item[1][0], -item[0]))[1][1]


def row(name: str, threshold: str, said: int, hits: int, false: int, hours: float) -> str:
    """Return a line of the table."""
    share = f'{hits / said:7.1%}' if said else '      -'
    return f'{name} {threshold:>9} {said:5} {hits:5} {share} {false:6} {false / hours:8.2f}'


def main(o: argparse.Namespace) -> None:
    """Listen, choose, write the list and print what it does."""
    lines = read_list(o.keywords)
    phrases = [line for line in lines if isinstance(line, Phrase)]
    ears = Ears(o, phrases)
    try:
        ears.model.createStream().enableKeywords(o.keywords)  # a mistake is told with its place
    except RuntimeError as error:
        raise UserError(str(error)) from None
    hours = ears.hear_all(o.dev_files, phrases)
    if o.other_files:
        hours += ears.hear_all(o.other_files, phrases)
    for phrase in phrases:
        if not phrase.said:
            log.warn(f'nobody says {phrase.text!r}: its threshold is a guess')
    allowed = math.floor(o.false_alarms * hours + 1e-9)
    if not allowed and o.false_alarms:
        log.warn(f'{60 * hours:.1f} minutes are too few to count {o.false_alarms:g} false alarms '
                 'an hour: none is let through; give more with --other_files')
    thresholds = [round(threshold, 6) for threshold in choose(phrases, allowed)]
    given = iter(thresholds)
    with whole_file(o.out, 'w') as file:
        for line in lines:
            file.write(f'{line.text} #{next(given):g}{line.marks}\n' if isinstance(line, Phrase)
                       else f'{line}\n')
    width = max(len('all'), *(len(phrase.text) for phrase in phrases))
    print(f'{"phrase":{width}} threshold  said  hits   share  false  an hour')
    total = [0, 0, 0]
    for phrase, threshold in zip(phrases, thresholds):
        counts = phrase.said, phrase.hits(threshold), phrase.false(threshold)
        total = [a + b for a, b in zip(total, counts)]
        print(row(f'{phrase.text:{width}}', f'{threshold:g}', *counts, hours))
    print(row(f'{"all":{width}}', '', total[0], total[1], total[2], hours))


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
