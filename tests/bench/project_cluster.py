#!/usr/bin/env python3
"""Project what synchronising a larger all-reduce costs, from what bench_cluster.py has measured.

    tests/bench/project_cluster.py              # from the table in doc/benchmarks/cluster.md
    tests/bench/project_cluster.py FILE...      # from tables that bench_cluster.py has printed

In a ring of w workers each sends 2 (w-1)/w times the weights in a step, in 2 (w-1) messages one
after the other. So a step takes longer than in workers that know nothing of each other, by

    sent * (8 / rate + handling) + 2 (w-1) * latency

with the line's rate in bit/s. `handling`, in s/byte, and `latency`, in s, are fitted to the rows
0:2 without a limit, by least squares of the relative errors: what they take longer than 1+1.
"""
import pathlib
import re
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from util.network.geometry import Geometry

N_LABELS = 28
WIDTHS, WORKERS, GBITS = (256, 1024, 2048), (8, 64, 512), (25, 100)


def measured(text):
    """(n_hidden, bit/s) -> seconds a step of 0:2 takes longer, from rows of bench_cluster.py."""
    rows = re.findall(r'^\| (\d+) \| ([\d:+]+) \| ([\w ]+) \| ([\d.]+) \(', text, re.MULTILINE)
    alone = {n_hidden: float(secs) for n_hidden, case, _, secs in rows if case == '1+1'}
    return {(int(n_hidden), bits(line)): float(secs) - alone[n_hidden]
            for n_hidden, case, line, secs in rows if case == '0:2'}


def bits(line):
    """Bits that a line carries in a second: 1e8 for '100mbit'."""
    limit = re.fullmatch(r'(\d+)([mg])bit', line)
    return int(limit[1]) * {'m': 1e6, 'g': 1e9}[limit[2]] if limit else float('inf')


def weights(n_hidden):
    """Bytes of the float32 weights, and of their gradients."""
    return 4 * Geometry(n_hidden, N_LABELS).n_parameters


class Model:
    """The formula above.

    Args:
        longer: result of `measured`.
    """

    def __init__(self, longer):
        rows = [[weights(n_hidden) / secs, 2 / secs]
                for (n_hidden, rate), secs in longer.items() if rate == float('inf')]
        self.handling, self.latency = np.linalg.lstsq(rows, np.ones(len(rows)), rcond=None)[0]

    def secs(self, n_hidden, workers, rate):
        """Return the seconds by which communication lengthens a step."""
        sent = weights(n_hidden) * 2 * (workers - 1) / workers
        return sent * (8 / rate + self.handling) + 2 * (workers - 1) * self.latency


def tables(longer):
    """Return measurements, the model's values beside them, and its extrapolation, as Markdown."""
    model = Model(longer)
    lines = [f'handling {model.handling * 1e9:.2f} ns/byte, latency {model.latency * 1e3:.2f} ms',
             '', '| n_hidden | Gbit/s | measured | model |', '|---|---|---|---|']
    for (n_hidden, rate), secs in longer.items():
        lines.append(f'| {n_hidden} | {rate / 1e9:g} | {secs:.3f} s | '
                     f'{model.secs(n_hidden, 2, rate):.3f} s |')
    lines += ['', '| n_hidden | MB of weights | workers | '
              + ' | '.join(f'{gbit} Gbit/s' for gbit in GBITS) + ' |', '|---|---|---|---|---|']
    for n_hidden in WIDTHS:
        for workers in WORKERS:
            secs = ' | '.join(f'{model.secs(n_hidden, workers, gbit * 1e9):.2f} s'
                              for gbit in GBITS)
            lines.append(f'| {n_hidden} | {weights(n_hidden) / 1e6:.3g} | {workers} | {secs} |')
    return '\n'.join(lines)


def main():
    """Print them."""
    files = sys.argv[1:] or [ROOT / 'doc' / 'benchmarks' / 'cluster.md']
    print(tables(measured('\n'.join(pathlib.Path(name).read_text() for name in files))))


if __name__ == '__main__':
    main()
