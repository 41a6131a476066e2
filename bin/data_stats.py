#!/usr/bin/env python3
"""Describe sets: hours, lengths, characters, speakers.

    bin/data_stats.py train.csv dev.csv
    bin/data_stats.py train.csv --speaker_pattern '([^/]+)/[^/]+$' --plot train.png
    bin/data_stats.py -csv train.csv,dev.csv    as stats.py of 0.9.3: totals, from sizes alone
"""

import argparse
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.audio.reading import AudioError, audio_info
from util.corpora.splits import speaker_of, speaker_pattern
from util.data.manifest import Utterance
from util.data.read import read_utterances
from util.errors import UserError
from util.progress import progress
from util.waiting import map_waiting

WAV_HEADER = 44  # bytes


@dataclass(frozen=True)
class Stats:
    """What a set of utterances is like; seconds, and counts of characters and of clips."""

    secs: np.ndarray
    unreadable: int
    words: int
    characters: Counter[str]
    speakers: Counter[str]

    def to_json(self) -> dict[str, object]:
        """Return the content of `--json`."""
        low, middle, high = (round(float(x), 2) for x in np.quantile(self.secs, (0, 0.5, 1)))
        return {'clips': len(self.secs), 'hours': round(float(self.secs.sum()) / 3600, 4),
                'unreadable': self.unreadable,
                'seconds': {'shortest': low, 'median': middle,
                            'mean': round(float(self.secs.mean()), 2), 'longest': high},
                'words': self.words,
                'characters': dict(sorted(self.characters.items())),
                'characters_per_second': round(self.characters.total() / self.secs.sum(), 2),
                'speakers': dict(self.speakers.most_common())}


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('csv', nargs='*', help='CSV, SDB or tar files')
    p.add_argument('--speaker_pattern', type=speaker_pattern, metavar='REGEX',
                   help='its first group, matched in the path, is the speaker')
    p.add_argument('--plot', metavar='PNG', help='draw lengths, characters and speakers')
    p.add_argument('--json', action='store_true', help='report as JSON')
    old = p.add_argument_group('as stats.py of 0.9.3')
    old.add_argument('-csv', '--csv-files', default='', metavar='FILES', help='separated by commas')
    old.add_argument('--sample-rate', type=int, default=16000, help='Hz (%(default)s)')
    old.add_argument('--channels', type=int, default=1, help='(%(default)s)')
    old.add_argument('--bits-per-sample', type=int, default=16, help='(%(default)s)')
    options = p.parse_args()
    if bool(options.csv) == bool(options.csv_files):
        p.error('give CSV files, or -csv with some')
    if min(options.sample_rate, options.channels, options.bits_per_sample) < 1:
        p.error('--sample-rate, --channels and --bits-per-sample are at least 1')
    return options


def totals(utterances: list[Utterance], bytes_per_sec: float) -> None:
    """Print totals, from the sizes that are listed."""
    size = sum(utterance.size for utterance in utterances)
    secs = round((size - WAV_HEADER * len(utterances)) / bytes_per_sec)
    print(f'Total bytes: {size}')
    print(f'Total files: {len(utterances)}')
    print(f'Total time: {secs // 3600}:{secs // 60 % 60:02d}:{secs % 60:02d}')


def measure(utterances: list[Utterance], pattern: re.Pattern[str] | None) -> Stats:
    """Read the header of every recording."""

    def length(utterance: Utterance) -> float:
        try:
            frames, rate, _ = audio_info(utterance.wav)
        except AudioError:
            return np.nan
        return frames / rate

    secs = np.array(list(progress(map_waiting(length, utterances), len(utterances), 'reading')))
    good = [u for u, s in zip(utterances, secs) if s > 0]
    if not good:
        raise UserError(f'none of the {len(utterances)} recordings can be read; '
                        f'the first is {utterances[0].wav}')
    characters: Counter[str] = Counter()
    speakers: Counter[str] = Counter()
    for utterance in good:
        characters.update(utterance.transcript)
        if speaker := speaker_of(pattern, utterance.wav):
            speakers[speaker] += 1
    return Stats(secs[secs > 0], len(utterances) - len(good),
                 sum(len(u.transcript.split()) for u in good), characters, speakers)


def report(stats: Stats) -> None:
    """Print the figures and a histogram of lengths."""
    secs = stats.secs
    print(f'{len(secs):,} clips, {secs.sum() / 3600:.2f} h, {stats.unreadable:,} unreadable')
    print(f'length: {secs.min():.2f} to {secs.max():.2f} s, median {np.median(secs):.2f} s, '
          f'mean {secs.mean():.2f} s')
    print(f'text: {stats.words:,} words, {stats.characters.total():,} characters of '
          f'{len(stats.characters)} kinds, {stats.characters.total() / secs.sum():.1f} per second')
    if stats.speakers:
        most, clips = stats.speakers.most_common(1)[0]
        print(f'speakers: {len(stats.speakers):,}, most clips: {most} ({clips:,})')
    counts, edges = np.histogram(secs, bins=min(20, max(1, len(secs))))
    for n, start, end in zip(counts, edges, edges[1:]):
        print(f"{start:7.2f} to {end:7.2f} s {n:8,} {'#' * round(40 * n / counts.max())}")
    print('characters: ' + ' '.join(f"{c if c != ' ' else 'space'}:{n}"
                                    for c, n in stats.characters.most_common(60)))


def plot(stats: Stats, utterances: int, path: str) -> None:
    """Draw the lengths and the most frequent characters, and the speakers where they are known."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    rows = 3 if stats.speakers else 2
    figure, axes = pyplot.subplots(rows, 1, figsize=(9, 3.2 * rows), layout='constrained')
    axes[0].hist(stats.secs, bins=50, color='tab:blue')
    axes[0].set(xlabel='length in seconds', ylabel='clips',
                title=f'{len(stats.secs):,} of {utterances:,} clips, '
                      f'{stats.secs.sum() / 3600:.2f} hours')
    common = stats.characters.most_common(40)
    axes[1].bar([c if c != ' ' else '\u2423' for c, _ in common], [n for _, n in common],
                color='tab:green')
    axes[1].set(ylabel='count', title=f'{len(stats.characters)} kinds of characters')
    if stats.speakers:
        clips = [n for _, n in stats.speakers.most_common()]
        axes[2].bar(range(1, len(clips) + 1), clips, color='tab:orange')
        axes[2].set(xlabel='speaker, by number of clips', ylabel='clips',
                    title=f'{len(clips):,} speakers')
    figure.savefig(path, dpi=100)


def main(options: argparse.Namespace) -> None:
    """Measure, print and draw."""
    if options.csv_files:
        files = [path for path in options.csv_files.split(',') if path]
        totals(read_utterances(files, transcripts=False),
               options.sample_rate * options.channels * options.bits_per_sample / 8)
        return
    utterances = read_utterances(options.csv)
    stats = measure(utterances, options.speaker_pattern)
    if options.json:
        print(json.dumps(stats.to_json(), ensure_ascii=False))
    else:
        report(stats)
    if options.plot:
        plot(stats, len(utterances), options.plot)
        log.info(f'Plot written to {options.plot}')


if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
