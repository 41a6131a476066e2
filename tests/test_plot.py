"""bin/plot.py: from metrics.jsonl to a picture."""
import math
import pathlib
import subprocess
import sys

import pytest
from PIL import Image

from tests.helpers.runs import write_metrics
from tests.helpers.scripts import load
from util.report.curves import best_epoch
from util.training.schedule import is_best

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / 'bin' / 'plot.py'


def plot(folder, *arguments):
    return subprocess.run([sys.executable, str(SCRIPT), str(folder), *arguments], check=False,
                          capture_output=True, text=True)


def test_picture_has_curves_in_the_colors_of_the_sets(tmp_path):
    run = tmp_path / 'run'
    write_metrics(run)
    result = plot(run)
    assert (result.returncode, result.stderr) == (0, '')
    assert result.stdout.strip() == str(run / 'curves.png')
    image = Image.open(run / 'curves.png').convert('RGB')
    pixels = colors_of(image)
    assert image.width > 1500
    assert pixels[0x1f, 0x6f, 0xb4] > 500       # training
    assert pixels[0xd9, 0x73, 0x1a] > 200       # validation
    assert pixels[0x2c, 0x8a, 0x43] > 10        # the test is one point


def colors_of(image):
    return {color: count for count, color in image.getcolors(maxcolors=1 << 24)}


@pytest.mark.parametrize('validations, best', [
    ([], None), ([(0.5, 9.0)], 0), ([(0.5, 9.0), (0.25, 11.0), (0.5, 1.0)], 1),
    ([(0.5, 9.0), (0.5, 8.0), (0.5, 8.5)], 1), ([(0.5, 9.0), (0.1, math.nan), (0.4, 9.5)], 2),
    ([(0.5, math.nan)], None)])
def test_the_best_epoch_is_the_one_that_is_tested(tmp_path, validations, best):
    """By WER, then by loss, and never one that is not a number: as `is_best` takes it."""
    curves = {('dev', name): [(epoch, each[place]) for epoch, each in enumerate(validations)]
              for place, name in enumerate(('wer', 'loss'))}
    module = load(SCRIPT)
    assert best_epoch(curves) == best
    now: list[float] = []
    for epoch, found in enumerate(validations):
        if is_best(found, now):
            now, kept = list(found), epoch
    assert best == (kept if now else None)
    if validations:
        module.draw(curves, 'run', tmp_path / 'a.png')


def test_messages_are_one_line(tmp_path):
    result = plot(tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(f'E {tmp_path}/metrics.jsonl: No such file')
    (tmp_path / 'metrics.jsonl').write_text('not json\n{}\n')
    result = plot(tmp_path, '--out', str(tmp_path / 'x.png'))
    assert result.returncode == 1
    assert 'line 1' in result.stderr and result.stderr.count('\n') == 1
    (tmp_path / 'metrics.jsonl').write_text('')
    assert 'nothing to draw' in plot(tmp_path).stderr
