#!/usr/bin/env python3
"""Import your own recordings: a folder of audio with its transcripts.

hours     yours
audio     anything libsndfile or ffmpeg reads: WAV, FLAC, Ogg, Opus, MP3, M4A, ...
licence   yours
page      doc/guide/corpora.md
layout    FOLDER/any/depth/clip.wav with clip.txt or clip.lab beside it: the transcript,
          or talk.mp3 with talk.srt, talk.de.srt or talk.vtt: subtitles, cut into one clip each,
          or a table (.csv, .tsv, .json, .jsonl) with any column names: the columns of audio files
          and text are found, and those of speaker, start and end if there are any,
          or a data folder of Kaldi: wav.scp and text, with segments and utt2spk if it has them
splits    by speaker where one is known (a list has it, or --speaker_pattern), else by
          recording: 80 % train, 10 % dev, 10 % test, by a hash of the name. Clips stay in
          their split when recordings are added; with few speakers one or two may have to move,
          so that no split is empty.

Writes recordings-train.csv, recordings-dev.csv, recordings-test.csv and alphabet.txt, made from
the transcripts; characters found in later imports are added at its end. With --recordings the
folder is for these files alone.
"""

import argparse
import csv
import functools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import log
from util.corpora.corpus import Corpus, SourceClip, Tally
from util.corpora.importer import main
from util.corpora.recordings import Recording, find
from util.corpora.splits import (
    SPLITS,
    add_percentages,
    check_percentages,
    divide,
    speaker_of,
    speaker_pattern,
)
from util.files import whole_file
from util.text.alphabet import Alphabet, alphabet_lines
from util.text.transcripts import Cleaning

NAME = 'recordings'
SPLIT_BY = 'speaker', 'recording', 'clip'


def add_arguments(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], object]:
    """Add options for what cannot be guessed."""
    for use in ('audio', 'text', 'speaker'):
        parser.add_argument(f'--{use}_column', default='', metavar='NAME',
                            help=f'name of the column with the {use}')
    parser.add_argument('--speaker_pattern', type=speaker_pattern, metavar='REGEX',
                        help="its first group, matched in the path, is the speaker, e.g. "
                        "'^([^/]+)/' for one folder per speaker")
    parser.add_argument('--recordings', type=Path, metavar='FOLDER', help='where the recordings '
                        'are, if CSVs and WAVs are to go elsewhere')
    parser.add_argument('--split_by', choices=SPLIT_BY, default=SPLIT_BY[0], help='what stays in '
                        'one split (default: %(default)s); clip: a line of subtitles, a row')
    add_percentages(parser)
    parser.add_argument('--keep_digits', action='store_true', help='digits are labels (default: '
                        'leave such transcripts out: write numbers as they are spoken)')
    parser.add_argument('--drop_speaker_labels', action='store_true', help='leave out names in '
                        'capitals with a colon that begin a line of subtitles, as in ANNA: Hello')
    return functools.partial(check_percentages, parser)


def corpus(options: argparse.Namespace) -> Corpus:
    """Describe the folder as a corpus."""
    columns = {use: getattr(options, f'{use}_column') for use in ('audio', 'text', 'speaker')}

    def key(recording: Recording, speaker: str, path: str) -> str:
        if options.split_by == 'clip':
            return f'{path} {recording.start:g}'
        return speaker if speaker and options.split_by == 'speaker' else path

    @functools.cache
    def found(folder: Path) -> list[tuple[SourceClip, str]]:
        """Return all clips, each with its split."""
        keyed = []
        folder = options.recordings or folder
        for recording in find(folder, columns, NAME, labels=not options.drop_speaker_labels):
            path = _relative(recording.audio, folder)
            named = f'{recording.where} {path}' if recording.problem and recording.where else path
            speaker = speaker_of(options.speaker_pattern, path) or recording.speaker
            keyed.append((key(recording, speaker, path), SourceClip(
                named, recording.audio, recording.text, recording.start, recording.end,
                problem=recording.problem, speaker=speaker)))
        where = divide({name for name, clip in keyed if clip.transcript and not clip.problem},
                       options.dev_percent, options.test_percent)
        return [(clip, where.get(name, 'train')) for name, clip in keyed]

    def clips(folder: Path, split: str) -> Iterator[SourceClip]:
        return (clip for clip, where in found(folder) if where == split)

    return Corpus(name=NAME, splits=SPLITS, clips=clips, finish=finish, source=options.recordings,
                  manual='put audio files and their transcripts into it',
                  few='there are too few speakers or recordings; try --split_by recording, '
                      '--dev_percent, --test_percent, or split_csv.py',
                  cleaning=Cleaning(remove=r'\[[^\]]*\]|\([^)]*\)', digits=options.keep_digits))


def _relative(audio: Path, folder: Path) -> str:
    """Return the clip's name: its path in the folder, without suffix."""
    path = audio.relative_to(folder) if audio.is_relative_to(folder) else Path(audio.name)
    return os.path.splitext(path)[0]


def finish(folder: Path, tallies: dict[str, Tally]) -> None:
    """Write the alphabet."""
    characters: set[str] = set()
    for tally in tallies.values():
        if not tally.clips:
            continue
        with open(tally.csv, encoding='utf-8', newline='') as f:
            for row in csv.DictReader(f):
                characters.update(row['transcript'])
    path = folder / 'alphabet.txt'
    known = list(Alphabet.load(str(path)).labels) if path.exists() else []
    new = sorted(characters - set(known))
    if known and new:
        log.warn(f"{path}: {' '.join(new)} added at the end: older checkpoints do not match it")
    if new:
        with whole_file(path, 'w') as f:
            f.write('# One label per line; the order is part of every checkpoint.\n'
                    + alphabet_lines(known + new))


if __name__ == '__main__':
    main(corpus, __doc__, add_arguments)
