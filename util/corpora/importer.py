"""The skeleton of every importer: a corpus page states facts, this file does the work.

    if __name__ == "__main__":
        main(CORPUS, __doc__)

What happens: archives are fetched (unless the user has them), verified and unpacked; transcripts
are cleaned; audio becomes mono 16-bit WAV of one rate in all cores; one CSV a split is written by
rename; whatever was dropped is counted with its reason. A rerun does only what is missing.
"""

import argparse
import csv
import errno
import itertools
import json
import math
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

from util import errors, log
from util.corpora.archives import Fetcher
from util.corpora.corpus import UNEXPECTED_NAME, Corpus, SourceClip, Tally
from util.errors import UserError
from util.files import path_from, whole_file
from util.progress import progress
from util.text import encoding, locales
from util.text.alphabet import Alphabet
from util.text.transcripts import Rejected, ctc_steps, fold_diacritics

SAMPLE_RATE = 16000  # Hz, util.audio.reading's: it would load numpy before --help
STEP_SECS = 0.02  # the network gives one label per step at most
MAX_SECS = 60.0
MOST_JOBS = 1024


def main(corpus: Corpus | Callable[[argparse.Namespace], Corpus], card: str,
         add_arguments: Callable[[argparse.ArgumentParser], object] = lambda parser: None) -> None:
    """Run an importer: parse the command line, import, report, exit.

    Args:
        corpus: the page's facts, or a function that makes them from the options.
        card: the page's docstring, shown by `--help`.
        add_arguments: adds options of this corpus; may return a check of what they become.
    """
    log.to_stderr()

    def work() -> None:
        options = _parse(card, add_arguments)
        encoding.declare(options.encoding, locales.check(options.locale))
        facts = corpus(options) if callable(corpus) else corpus
        encoding.declare(options.encoding, options.locale or facts.locale)
        try:
            _Import(facts, options).run()
        except KeyboardInterrupt:
            log.warn('interrupted: run the same command to resume')
            raise
        except OSError as e:
            if e.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise UserError(f'{options.folder}: the disk is full: free some space and run the '
                            'same command to resume') from e

    errors.run(work)


def _parse(card: str, add_arguments: Callable[[argparse.ArgumentParser], object]
           ) -> argparse.Namespace:
    p = argparse.ArgumentParser(description=card,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('folder', type=Path, nargs='?', help='where the corpus is, or will be put; CSVs '
                   'go there (or its archive: CSVs go beside it, or to --target_dir)')
    p.add_argument('-t', '--target_dir', type=Path, metavar='FOLDER', help='same as folder')
    p.add_argument('--splits', default='', help='comma-separated (default: all)')
    p.add_argument('--limit', type=int, default=0, help='only the first N clips of each split')
    p.add_argument('--jobs', type=int, default=os.cpu_count() or 1,
                   help='number of processes (default: %(default)s)')
    p.add_argument('--url', action='append', default=[], help='another address or local file of '
                   'the archive; with / at the end: folder of the archives; repeatable')
    p.add_argument('--max_seconds', type=float, default=MAX_SECS,
                   help='leave out longer clips; 0: keep all (default: %(default)g)')
    p.add_argument('--sample_rate', type=int, default=SAMPLE_RATE, metavar='HZ', help='of the '
                   'WAVs, as --audio_sample_rate of the training (default: %(default)s)')
    p.add_argument('--filter_alphabet', metavar='FILE',
                   help='leave out clips whose transcript has characters missing from FILE')
    p.add_argument('--normalize', action='store_true',
                   help='reduce letters with diacritics to their base letters')
    p.add_argument('--locale', default='', metavar='CODE', help='language of the transcripts, '
                   "as 'tr' or 'pt-BR', where the corpus does not say it: capitals, apostrophes "
                   'and the like are treated as it spells them')
    p.add_argument('--encoding', default='', metavar='NAME', help='encoding of text files that '
                   'are not UTF-8, e.g. cp1251 (default: guessed, and said)')
    p.add_argument('--validate_label_locale', metavar='FILE', help='Python file whose '
                   'validate_label(text) cleans a transcript, or returns None to leave it out')
    p.add_argument('--dry_run', action='store_true', help='fetch and write nothing, only say '
                   'what would be done')
    p.add_argument('--json', action='store_true', help='report as JSON')
    check = add_arguments(p)
    options = p.parse_intermixed_args()  # a page may add a second one to the folder
    if callable(check):
        check(options)
    if options.limit < 0 or not options.max_seconds >= 0 or not 1 <= options.jobs <= MOST_JOBS:
        p.error('--limit and --max_seconds must not be negative, --jobs must be from 1 to '
                f'{MOST_JOBS}')
    if not 1000 <= options.sample_rate <= 768_000:
        p.error(f'--sample_rate {options.sample_rate}: expected 1000 to 768000 Hz')
    if not (options.folder or options.target_dir):
        p.error('the folder of the corpus is missing')
    if options.folder and options.folder.is_file():
        options.url.append(str(options.folder))
        options.folder = options.folder.parent
    options.folder = options.target_dir or options.folder
    return options


class _Import:
    """One run of an importer."""

    def __init__(self, corpus: Corpus, options: argparse.Namespace) -> None:
        self.corpus, self.options = corpus, options
        self.folder: Path = options.folder
        rate = options.sample_rate
        self._wavs = self.folder / (f'{corpus.name}-wav' + f'-{rate}' * (rate != SAMPLE_RATE))
        asked = tuple(filter(None, map(str.strip, options.splits.split(','))))
        self.splits = asked or corpus.splits
        known = corpus.splits + corpus.more_splits
        if unknown := set(self.splits) - set(known):
            raise UserError(f"--splits {','.join(sorted(unknown))}: not among the splits of "
                            f"{corpus.name}; choose from {', '.join(known)}")
        self.alphabet = Alphabet.load(options.filter_alphabet) if options.filter_alphabet else None
        self.validate = _load_validator(options.validate_label_locale)

    def run(self) -> None:
        if os.path.lexists(self.folder) and not self.folder.is_dir():
            raise UserError(f'{self.folder} is no folder: pass the one where the corpus is, or '
                            'will be put')
        fetcher = Fetcher(self.folder, tuple(self.options.url), self.options.dry_run)
        missing = fetcher.fetch(self.corpus, self.splits)
        if missing:  # only in a dry run
            print(json.dumps({'corpus': self.corpus.name, 'to_fetch': missing})
                  if self.options.json else '\n'.join(f'to fetch: {line}' for line in missing))
            return
        tallies = {split: self.import_split(split) for split in self.splits}
        if not any(tally.clips or tally.dropped for tally in tallies.values()):
            where = self.corpus.source or self.folder
            raise UserError(f'{where}: no clips of {self.corpus.name} found: '
                            + (self.corpus.manual or "see the folder's layout with --help"))
        if empty := [split for split, t in tallies.items() if not (t.clips or t.dropped)]:
            log.warn(': '.join(filter(None, (', '.join(empty), 'no clips found',
                                             self.corpus.few))))
        if self.options.json:
            print(json.dumps({'corpus': self.corpus.name, 'dry_run': self.options.dry_run,
                              'splits': {split: t.to_json() for split, t in tallies.items()}}))
        else:
            _report(tallies, self.options.dry_run)
        if not self.options.dry_run:
            self.corpus.finish(self.folder, tallies)
        if not any(tally.clips for tally in tallies.values()):
            raise UserError(f'{self.corpus.name}: every clip was left out; see above')

    def import_split(self, split: str) -> Tally:
        """Make the WAVs and the CSV of one split."""
        corpus = self.corpus
        path = self.folder / corpus.csv_folder / corpus.csv_name.format(name=corpus.name,
                                                                        split=split)
        tally = Tally(str(path))
        total, speakers = self._count(split)
        if not total:
            return tally
        if self.options.dry_run:
            for clip in self._source_clips(split):
                self._transcript(clip, tally, None)
            tally.clips = total - sum(tally.dropped.values())
            return tally
        path.parent.mkdir(parents=True, exist_ok=True)
        reasons = path.with_name(path.stem + '.dropped.txt')
        with whole_file(path, 'w') as rows, \
                whole_file(reasons, 'w', errors='backslashreplace') as dropped:
            self._convert(split, total, speakers, tally, rows, dropped)
        if not tally.dropped:
            reasons.unlink()
        return tally

    def _source_clips(self, split: str) -> Iterator[SourceClip]:
        clips = self.corpus.clips(self.folder, split)
        return itertools.islice(clips, self.options.limit or None)

    def _count(self, split: str) -> tuple[int, bool]:
        """Count the clips, check that they can be read at all, see whether speakers are known."""
        from util.corpora.clips import require, tool_for
        count, known, speakers = 0, set(), False
        for clip in self._source_clips(split):
            count += 1
            speakers |= bool(clip.speaker)
            suffix = clip.audio.suffix.lower()
            if suffix not in known and os.path.exists(clip.audio):
                known.add(suffix)
                if tool := tool_for(str(clip.audio)):
                    require(tool, str(clip.audio))
        return count, speakers

    def _convert(self, split: str, total: int, speakers: bool, tally: Tally, rows: TextIO,
                 dropped: TextIO) -> None:
        """Stream clips through the workers into the CSV; memory does not grow with the corpus."""
        from util.corpora.clips import make_all
        writer = csv.writer(rows, lineterminator='\n')
        writer.writerow(['wav_filename', 'wav_filesize', 'transcript', *['speaker'] * speakers])
        base = os.path.dirname(tally.csv)
        waiting: deque[tuple[str, str, str]] = deque()  # id, transcript, speaker
        bar = progress(total=total, label=split)
        try:
            wanted = self._clips(split, tally, dropped, waiting, bar.update)
            for made in make_all(wanted, self.options.jobs, self._wavs / '.decoding'):
                name, transcript, speaker = waiting.popleft()
                bar.update()
                if made.problem:
                    tally.drop(made.problem, made.secs, name)
                    _log_drop(dropped, name, made.problem, made.detail or transcript)
                    continue
                tally.clips += 1
                tally.secs += made.secs
                where = path_from(base, made.path)  # relative: the folder can be moved
                writer.writerow([where, made.size, transcript, *[speaker] * speakers])
        finally:
            bar.finish()

    def _clips(self, split: str, tally: Tally, dropped: TextIO,
               waiting: deque[tuple[str, str, str]], skip: Callable[[], None]) -> Iterator:
        """Yield the clips worth making and count the others."""
        from util.corpora.clips import Clip
        seen: set[int] = set()
        for clip in self._source_clips(split):
            transcript = self._transcript(clip, tally, dropped)
            if transcript is not None and (problem := _problem(clip, seen)):
                transcript = None
                tally.drop(problem, _length(clip), clip.id)
                _log_drop(dropped, clip.id, problem, clip.transcript)
            if transcript is None:
                skip()
                continue
            name = _wav_name(clip)
            seen.add(hash(name))
            waiting.append((clip.id, transcript, clip.speaker))
            yield Clip(str(clip.audio), str(self._wavs / split / name), clip.start, clip.end,
                       clip.channel, ctc_steps(transcript) * STEP_SECS,
                       self.options.max_seconds, self.options.sample_rate)

    def _transcript(self, clip: SourceClip, tally: Tally, dropped: TextIO | None
                    ) -> str | None:
        """Return the cleaned transcript, or None after counting the reason."""
        try:
            if clip.problem:
                raise Rejected(clip.problem)
            return self._clean(clip, tally)
        except Rejected as e:
            tally.drop(str(e), _length(clip), clip.id)
            if dropped:
                _log_drop(dropped, clip.id, str(e), clip.transcript)
            return None

    def _clean(self, clip: SourceClip, tally: Tally) -> str:
        cleaning = self.corpus.cleaning
        if locale := self.options.locale or clip.locale or self.corpus.locale:
            cleaning = replace(cleaning, locale=locale)
        fold = fold_diacritics if self.options.normalize else str
        if self.validate:
            result = self.validate(cleaning.conventions(fold(clip.transcript)))
            if not result:
                raise Rejected('refused by validate_label')
            text = result
        else:
            text = fold(cleaning(clip.transcript))  # in lower case: Turkish I would lose its dot
        if self.alphabet and (missing := self.alphabet.missing(text)):
            tally.missing.update(missing)
            raise Rejected('not in the alphabet')
        return text


def _length(clip: SourceClip) -> float:
    """Return the seconds of a clip that is left out, if its header tells them."""
    if clip.end is not None:
        secs = clip.end - clip.start
        return secs if 0 < secs < math.inf else 0.0
    from util.audio.reading import AudioError, audio_info
    try:
        frames, rate, _ = audio_info(str(clip.audio))
    except (AudioError, ValueError):  # a name with a NUL
        return 0.0
    return frames / rate


def _wav_name(clip: SourceClip) -> str:
    """Return the WAV's path below its split; cut clips carry their times in milliseconds."""
    name = clip.id
    if clip.end is not None or clip.start:
        end = 'end' if clip.end is None else f'{round(clip.end * 1000):07d}'
        name += f'-{round(clip.start * 1000):07d}-{end}'
    return name + '.wav'


def _problem(clip: SourceClip, seen: set[int]) -> str:
    """Return why a clip cannot have a row of its own: CSVs are UTF-8 and name each WAV once."""
    path = PurePosixPath(clip.id)
    try:
        f'{clip.audio}{clip.id}'.encode()
    except UnicodeEncodeError:
        encoding.say_name(str(clip.audio))
        return 'file name is not UTF-8'
    if path.is_absolute() or '..' in path.parts or not path.parts or '\0' in f'{clip.audio}{path}':
        return UNEXPECTED_NAME  # it would lead out of the folder
    if not (0 <= clip.start < math.inf and (clip.end is None or 0 <= clip.end < math.inf)):
        return 'no usable times'
    return 'same name twice' if hash(_wav_name(clip)) in seen else ''


def _log_drop(dropped: TextIO, name: str, reason: str, detail: str) -> None:
    print(_one_line(name), reason, _one_line(detail), sep='\t', file=dropped)


def _one_line(text: str) -> str:
    return ' '.join(text.split())


def _load_validator(path: str | None) -> Callable[[str], str | None] | None:
    """Load `validate_label` from the Python file given by --validate_label_locale."""
    if not path:
        return None
    if not os.path.isfile(path):
        raise UserError(f'--validate_label_locale {path!r}: no such file; expected a Python '
                        'file that defines validate_label(text)')
    names: dict[str, Any] = {'__name__': 'validate_label_locale', '__file__': path}
    try:
        exec(compile(Path(path).read_bytes(), path, 'exec'), names)  # no bytecode beside it
    except Exception as e:  # whatever the user's file raises
        raise UserError(f'--validate_label_locale: {path} failed: {e!r}') from e
    if not callable(names.get('validate_label')):
        raise UserError(f'--validate_label_locale: {path} defines no validate_label(text)')
    return names['validate_label']


def _report(tallies: dict[str, Tally], dry_run: bool) -> None:
    for split, tally in tallies.items():
        hours = '' if dry_run else f' {tally.secs / 3600:9.2f} h'
        print(f'{split:<18} {tally.clips:>8,} clips{hours}  '
              + ('would go to ' if dry_run else '') + tally.csv)
        for reason, n in tally.dropped.most_common():
            print(f"{'':<18} {n:>8,} dropped {tally.dropped_secs[reason] / 3600:7.2f} h  {reason}"
                  + (f', such as {example}' if (example := _one_line(tally.examples[reason]))
                     else ''))
        if tally.missing:
            print(f"{'':<18} characters missing from the alphabet (transcripts affected): "
                  + ' '.join(f'{char!r} {n:,}' for char, n in tally.missing.most_common(30)))
    sys.stdout.flush()
