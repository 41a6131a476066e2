"""The word error rate report: how well a set of utterances was transcribed."""
import datetime
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from util import log
from util.errors import UserError, reason
from util.files import whole_file
from util.text.transcripts import char_error, word_error

LINE = '-' * 80


@dataclass(frozen=True)
class ReportSettings:
    """What a report shows: `--report_count` and `--wer_log_pattern`.

    Attributes:
        count: samples in each part.
        wer_log_pattern: of the line for machines; '' for none.
        by_characters: the network writes bytes, in languages that may not part words: the CER
            counts.
    """

    count: int = 10
    wer_log_pattern: str = ''
    by_characters: bool = False


@dataclass(frozen=True)
class Sample:
    """One utterance, what was said and what was understood.

    Attributes:
        wav_filename: the recording.
        src: the reference.
        res: the hypothesis.
        loss: its CTC loss, in nats.
        word_edits, words, char_edits, chars: edits and length of the reference.
    """

    wav_filename: str
    src: str
    res: str
    loss: float
    word_edits: int
    words: int
    char_edits: int
    chars: int

    @classmethod
    def compare(cls, wav_filename: str, src: str, res: str, loss: float) -> 'Sample':
        """Count the edits between reference and hypothesis."""
        return cls(wav_filename, src, res, float(loss), *word_error(src, res),
                   *char_error(src, res))

    @property
    def wer(self) -> float:
        """Word error rate of this utterance alone."""
        return self.word_edits / max(self.words, 1)

    @property
    def cer(self) -> float:
        """Character error rate of this utterance alone."""
        return self.char_edits / max(self.chars, 1)


@dataclass(frozen=True)
class Summary:
    """Rates of a set.

    Attributes:
        wer, cer: edits summed over the set, divided by the summed length of the references.
        loss: mean CTC loss of an utterance.
        mean_edit_distance: mean over the utterances of the character error rate, as in 2017.
        mean_utterance_wer: mean over the utterances of the word error rate, the WER of 2017.
    """

    wer: float
    cer: float
    loss: float
    mean_edit_distance: float
    mean_utterance_wer: float

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> 'Summary':
        """Sum over the samples, of which there is at least one."""
        return cls(
            wer=sum(s.word_edits for s in samples) / max(sum(s.words for s in samples), 1),
            cer=sum(s.char_edits for s in samples) / max(sum(s.chars for s in samples), 1),
            loss=sum(s.loss for s in samples) / len(samples),
            mean_edit_distance=sum(s.cer for s in samples) / len(samples),
            mean_utterance_wer=sum(s.wer for s in samples) / len(samples))


def print_report(title: str, set_name: str, samples: Sequence[Sample],
                 settings: ReportSettings) -> None:
    """Print the rates, the best, median and worst samples, and the line for machines.

    Args:
        title: what the first line begins with.
        set_name: 'train', 'dev' or 'test', for that line.
        samples: at least one.
        settings: how much to show.
    """
    summary = Summary.of(samples)
    log.info(f'{title} - WER: {summary.wer:f}, loss: {summary.loss:f}, '
             f'mean edit distance: {summary.mean_edit_distance:f}, CER: {summary.cer:f}, '
             f'mean WER of utterances: {summary.mean_utterance_wer:f}')
    ranked = sorted(samples, key=lambda s: (s.wer, math.isnan(s.loss), s.loss))  # NaN: the worst
    count = settings.count if log.shows_info() else 0  # no samples below rates that are not shown
    if not count:
        groups = []
    elif len(ranked) <= count:
        groups = [('', ranked)]
    else:
        middle = (len(ranked) - count) // 2
        groups = [('Best', ranked[:count]), ('Median', ranked[middle:middle + count]),
                  ('Worst', ranked[-count:])]
    for name, group in groups:
        if name:
            print(f'{name} WER:')
        print(LINE)
        for sample in group:
            print(f'WER: {sample.wer:f}, loss: {sample.loss:f}, '
                  f'mean edit distance: {sample.cer:f}')
            print(f' - wav: {sample.wav_filename}')
            print(f' - src: "{sample.src}"')
            print(f' - res: "{sample.res}"')
            print(LINE)
    if settings.wer_log_pattern:
        print(wer_line(settings.wer_log_pattern, set_name, summary.wer))


def wer_line(pattern: str, set_name: str, wer: float) -> str:
    """Fill `--wer_log_pattern`: set name, ISO date and WER, in this order.

    Raises:
        UserError: the pattern does not take these three.
    """
    date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='seconds')
    try:
        return pattern % (set_name, date, wer)
    except (TypeError, ValueError) as error:
        raise UserError(
            f"--wer_log_pattern '{pattern}' does not fit ({error}): expected three fields for set "
            "name, date and WER, e.g. 'WER of %s at %s: %f'") from error


def write_json(path: str, samples: Sequence[Sample]) -> None:
    """Write every sample with its rates to a JSON file of the shape of 0.9.3, by rename."""
    rows = [{'wav_filename': s.wav_filename, 'src': s.src, 'res': s.res, 'loss': s.loss,
             'char_distance': s.char_edits, 'char_length': s.chars,
             'word_distance': s.word_edits, 'word_length': s.words, 'cer': s.cer, 'wer': s.wer}
            for s in samples]
    with whole_file(path, 'w') as file:
        json.dump(rows, file, ensure_ascii=False, indent=2)


def read_json(path: str | os.PathLike) -> list[Sample]:
    """Read such a file; errors are counted anew.

    Raises:
        UserError: it cannot be read, or is another.
    """
    try:
        with open(path, encoding='utf-8') as file:
            return [Sample.compare(str(row['wav_filename']), str(row['src']), str(row['res']),
                                   float(row['loss'])) for row in json.load(file)]
    except OSError as error:
        raise UserError(f'{os.fspath(path)}: {reason(error)}') from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(f'{os.fspath(path)} is no result of a test ({reason(error)}): expected a '
                        'file of --test_output_file') from error
