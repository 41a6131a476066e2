#!/usr/bin/env python3
"""What it brings to start from a model of something else: error rates with and without, by hours.

    tests/bench/bench_transfer.py SOURCE TRAIN.csv DEV.csv TEST.csv WORK --alphabet FILE
        [--clips 150,600,2400] [--seeds 1,2,3] [--steps 1500] [--drop 1] [flag]...

SOURCE is an exported model (.pb, .pbmm); the network without it is as large. Each training makes
--steps steps of 16 clips, on the first so many clips of TRAIN, shuffled once. WORK keeps the runs;
started again it goes on. Flags that follow go to every training.

Prints a Markdown table: CER of the dev set and of the test set in %, median of the seeds and range,
of the last epoch; the test set is decoded once for each training, and chooses nothing.
"""

import argparse
import csv
import os
import random
import re
import statistics
from pathlib import Path

from logged import run

BATCH = 16
RATE = {'without': 0.0015, 'with': 0.001}
TESTED = re.compile(r'^I Test of Epoch .* CER: ([\d.]+)', re.M)


def first(source, count, target):
    """Write so many rows of a CSV, shuffled as always; return the hours they last."""
    with open(source, encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    random.Random(1).shuffle(rows)
    for row in rows:
        row['wav_filename'] = str(source.parent / row['wav_filename'])
    with open(target, 'w', encoding='utf-8', newline='') as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows[:count])
    return sum(int(row['wav_filesize']) - 44 for row in rows[:count]) / 32000 / 3600


def train(how, count, seed, args):
    """Train once, and return the CER of the dev and of the test set in %."""
    name = args.work / f'{how}-{count}-{seed}'
    checkpoints, begin = name.with_suffix('.ckpt'), []
    imported = run(args.work / 'import.log', 'bin/import_checkpoint.py', args.source,
                   args.work / 'source').split('./DeepSpeech.py', 1)[1].split()
    network = [flag for flag in imported if flag not in ('--checkpoint_dir',
                                                         str(args.work / 'source'))]
    if how == 'with' and not checkpoints.exists():
        begin = ['--load_checkpoint_dir', args.work / 'source', '--save_checkpoint_dir',
                 checkpoints, '--drop_source_layers', args.drop]
    common = [*network, '--alphabet_config_path', args.alphabet, '--train_batch_size', BATCH,
              '--dev_batch_size', 50, '--test_batch_size', 50, '--report_count', 0, *args.flags]
    run(f'{name}.log', 'DeepSpeech.py', *(begin or ['--checkpoint_dir', checkpoints]), *common,
        '--train_files', args.work / f'{count}.csv', '--random_seed', seed, '--notest',
        '--epochs', max(1, round(args.steps * BATCH / count)), '--learning_rate', RATE[how],
        '--lr_schedule', 'cosine', '--dropout_rate', 0.2, '--dropout_rate4', 0.1,
        '--dropout_rate5', 0.1)
    return [100 * float(TESTED.search(run(
        f'{name}-{part}.log', 'DeepSpeech.py', '--checkpoint_dir', checkpoints, '--notrain',
        '--test_files', getattr(args, part), *common))[1]) for part in ('dev', 'test')]


def shown(values):
    """Return a median and its range."""
    return f'{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})'


def main():
    """Train, test, print."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('source', 'train', 'dev', 'test', 'work'):
        p.add_argument(name, type=lambda path: Path(path).resolve())
    p.add_argument('--alphabet', type=lambda path: Path(path).resolve(), required=True)
    p.add_argument('--clips', default='150,600,2400')
    p.add_argument('--seeds', default='1,2,3')
    p.add_argument('--steps', type=int, default=1500)
    p.add_argument('--drop', type=int, default=1, help='layers that begin anew')
    args, args.flags = p.parse_known_args()
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    args.work.mkdir(parents=True, exist_ok=True)
    print('| clips | minutes | dev without | dev with | test without | test with |')
    print('|---|---|---|---|---|---|')
    for count in map(int, args.clips.split(',')):
        hours = first(args.train, count, args.work / f'{count}.csv')
        figures = {how: list(zip(*(train(how, count, seed, args)
                                   for seed in args.seeds.split(',')))) for how in RATE}
        cells = [shown(figures[how][part]) for part in (0, 1) for how in ('without', 'with')]
        print(f'| {count} | {60 * hours:.0f} | {" | ".join(cells)} |', flush=True)


if __name__ == '__main__':
    main()
