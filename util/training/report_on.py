"""The report of 0.9.3 on one set, which is named by its file: evaluate.py and evaluate_export.py.

    Test on test.csv - WER: 0.083333, CER: 0.021277, loss: 5.124034
    ----------------------------------------------------------------------
    Best WER:
    ...

The errors come from the same sums as those of `util.training.report`.
"""
import os
from collections.abc import Sequence

from util import log
from util.data.csv_files import ELSEWHERE
from util.training.report import LINE, ReportSettings, Sample, Summary, wer_line


def print_report_on(path: str, samples: Sequence[Sample], settings: ReportSettings) -> None:
    """Print the rates, the best, median and worst samples, and the line for machines.

    Args:
        path: of the set.
        samples: at least one.
        settings: how much to show.
    """
    summary = Summary.of(samples)
    print(f'Test on {path} - WER: {summary.wer:f}, CER: {summary.cer:f}, loss: {summary.loss:f}')
    print(LINE)
    count = settings.count if log.shows_info() else 0  # no samples where the log is silent
    for name, group in _groups(_ranked(samples, settings.by_characters), count).items():
        print(f'{name} WER:')
        print(LINE)
        for sample in group:
            print(f'WER: {sample.wer:f}, CER: {sample.cer:f}, loss: {sample.loss:f}')
            print(f' - wav: {_address(sample.wav_filename)}')
            print(f' - src: "{sample.src}"')
            print(f' - res: "{sample.res}"')
            print(LINE)
    if settings.wer_log_pattern:
        print(wer_line(settings.wer_log_pattern, 'test', summary.wer))


def _address(wav: str) -> str:
    """Return the address of a recording, which may lie in an archive elsewhere."""
    return wav if wav.startswith(ELSEWHERE) else f'file://{os.path.abspath(wav)}'


def _ranked(samples: Sequence[Sample], by_characters: bool) -> list[Sample]:
    """Sort by the error rate, and where it is the same the greatest loss first; NaN is greater."""
    def rank(sample: Sample) -> tuple[float, bool, float]:
        rate, loss = sample.cer if by_characters else sample.wer, sample.loss
        return rate, loss == loss, -loss

    return sorted(samples, key=rank)


def _groups(ranked: list[Sample], count: int) -> dict[str, list[Sample]]:
    """Return the parts of the report; those of a small set overlap, as in 0.9.3."""
    if not count:
        return {}
    first = max(len(ranked) // 2 - count // 2, 0)
    return {'Best': ranked[:count], 'Median': ranked[first:first + count], 'Worst': ranked[-count:]}
