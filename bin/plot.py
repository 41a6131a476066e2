#!/usr/bin/env python3
"""Draw the curves of a training run to a PNG file: loss, error rates, learning rate.

    bin/plot.py runs/first                 # writes runs/first/curves.png
    bin/plot.py runs/first --out a.png

RUN_DIR is the checkpoint folder of the run: its metrics.jsonl has one JSON object per set and
epoch. Neither TensorFlow nor a server is needed, and the run may still be in progress.
A line marks the best epoch, which is tested and exported, and a cross what the test gave.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from util import errors, log
from util.errors import UserError
from util.report.curves import METRICS, Curves, best_epoch, read_curves

COLORS = {'train': '#1f6fb4', 'dev': '#d9731a', 'test': '#2c8a43'}
OTHER_COLORS = ('#7d4fa3', '#8c6d3f', '#c2568f', '#5f6b73')   # of --metrics_files
PANELS = (('loss', 'loss per utterance', ('loss',)),
          ('error rates', 'rate, in percent', ('wer', 'cer')),
          ('learning rate', 'step size', ('learning_rate',)))
STYLES = {'cer': ':'}


def draw(curves: Curves, title: str, out: pathlib.Path) -> None:
    """Draw a panel for each kind of metric in the run."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot

    panels = [panel for panel in PANELS if any(metric in panel[2] for _, metric in curves)]
    if not panels:
        raise UserError(f'{title}: no finished epoch yet, so there is nothing to draw')
    names = list(dict.fromkeys(name for name, _ in curves))
    others = iter(OTHER_COLORS * len(names))
    colors = {name: COLORS.get(name) or next(others) for name in names}

    best = best_epoch(curves)
    figure, all_axes = pyplot.subplots(1, len(panels), squeeze=False, layout='constrained',
                                       figsize=(5 * len(panels), 3.8))
    for axes, (heading, unit, metrics) in zip(all_axes[0], panels):
        for (name, metric), points in curves.items():
            if metric not in metrics:
                continue
            epochs, values = zip(*points)
            scale = 100 if metric in ('wer', 'cer') else 1
            label = f'{name} {metric.upper()}' if scale == 100 else name
            axes.plot([epoch + 1 for epoch in epochs], [scale * value for value in values],
                      color=colors[name], linestyle=STYLES.get(metric, '-'), linewidth=1.6,
                      marker='X' if name == 'test' else 'o' if len(points) < 3 else None,
                      markersize=8 if name == 'test' else 5,
                      fillstyle='none' if metric == 'cer' else 'full', label=label)
        if best is not None:
            axes.axvline(best + 1, color='#999999', linewidth=1, linestyle='--', zorder=0,
                         label=f'best: {best + 1}')
        axes.set(title=heading, xlabel='epochs trained', ylabel=unit)
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(pyplot.MaxNLocator(integer=True))
        axes.grid(color='#dddddd', linewidth=0.6)
        axes.spines[['top', 'right']].set_visible(False)
        if len(axes.lines) > 1:
            axes.legend(frameon=False, fontsize='small')
    figure.suptitle(title)
    figure.savefig(out, dpi=110)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('run_dir', type=pathlib.Path, help='checkpoint folder of the run')
    parser.add_argument('--out', type=pathlib.Path, help='PNG file (default: RUN_DIR/curves.png)')
    options = parser.parse_args()
    out = options.out or options.run_dir / 'curves.png'
    draw(read_curves(options.run_dir / METRICS), str(options.run_dir), out)
    print(out)


if __name__ == '__main__':
    log.to_stderr()
    errors.run(main)
