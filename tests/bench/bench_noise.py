#!/usr/bin/env python3
"""Whether augmentation helps: AN4 trained four ways, heard in noise and a room unknown to it.

    tests/bench/bench_noise.py AN4 KNOWN UNKNOWN WORK [--seeds 4567,1,2] [--only both] [flag]...

AN4: the folder with an4-train.csv, an4-dev.csv and an4-test.csv (bin/import_an4.py). KNOWN and
UNKNOWN: a folder each with noise/*.wav and rooms/*.wav, mono at 16 kHz: those that training may
use, and those that only the test has. WORK keeps what is made: noisy sets, checkpoints, results;
started again it goes on. Flags that follow go to every training.

The test is heard clean, and in the unknown room with the unknown noise at 20, 10 and 5 dB. The dev
set is heard in the known room with the known noises at 10 dB: what recipes are chosen by. Speech is
convolved with the room's response, the noise goes round from a drawn place, and the dB are those
between their powers, speech after the room; none of this uses the code of `--augment`.

Prints a Markdown table: WER in %, the median over the seeds and the range; the last column is the
share of what the training without loses at 10 dB that each of the others loses.
"""

import argparse
import csv
import os
import re
import statistics
from pathlib import Path

import numpy as np
from logged import run
from scipy.io import wavfile
from scipy.signal import fftconvolve

RATE = 16000
LEVELS = (20, 10, 5)  # dB
TRAINER = [
    'DeepSpeech.py', '--train_batch_size', '8', '--dev_batch_size', '16', '--test_batch_size', '16',
    '--n_hidden', '256', '--epoch', '36', '--learning_rate', '0.0015', '--lr_schedule', 'cosine',
    '--validation_step', '1', '--dropout_rate', '0.2', '--dropout_rate4', '0.1',
    '--dropout_rate5', '0.1', '--noearly_stop', '--report_count', '0']
VARY = ['--vary', '0.5']
AUGMENT = [f'--augment={operation}' for operation in (
    'overlay[p=0.7,source={known}/noise,snr=20~12]', 'impulse[p=0.5,source={known}/rooms]',
    'reverb[p=0.3,delay=40~30,decay=10~5]', 'time_mask[p=0.3,domain=features,n=2,size=60]')]
RECIPES = {'nothing': [], 'vary': VARY, 'augment': AUGMENT, 'both': [*VARY, *AUGMENT]}
WER = re.compile(r'^I Test of Epoch .* - WER: ([\d.]+)', re.M)


def read(path):
    """Return the samples of a WAV file as float64."""
    rate, samples = wavfile.read(path)
    assert rate == RATE and samples.ndim == 1, path
    return samples.astype(float)


def noisy(speech, room, noise, level, random):
    """Return speech in a room with noise at a level in dB, as long as it was."""
    direct = int(np.abs(room).argmax())
    heard = fftconvolve(speech, room)[direct:direct + len(speech)]
    start = random.integers(len(noise))
    around = np.resize(np.roll(noise, -start), len(speech))
    around *= np.sqrt(np.mean(heard ** 2) / np.mean(around ** 2) / 10 ** (level / 10))
    mixed = heard + around
    return mixed * min(0.9 * 32767 / np.abs(mixed).max(), 3000 / np.sqrt(np.mean(heard ** 2)))


def make_set(source, target, places, level):
    """Write a noisy copy of a CSV and its recordings; all noises and rooms take turns."""
    if target.exists():
        return
    rooms = [read(path) for path in sorted((places / 'rooms').glob('*.wav'))]
    noises = [read(path) for path in sorted((places / 'noise').glob('*.wav'))]
    folder, random = target.with_suffix(''), np.random.default_rng(level)
    folder.mkdir(parents=True, exist_ok=True)
    with open(source, encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows):
        speech = read(source.parent / row['wav_filename'])
        samples = noisy(speech, rooms[i % len(rooms)], noises[i % len(noises)], level, random)
        path = folder / f'{i}.wav'
        wavfile.write(path, RATE, samples.round().astype(np.int16))
        row.update(wav_filename=str(path), wav_filesize=str(path.stat().st_size))
    with open(target, 'w', encoding='utf-8', newline='') as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def train(recipe, seed, sets, args):
    """Train once, and return the WER of each set in %."""
    name = args.work / f'{recipe}-{seed}'
    common = ['--checkpoint_dir', name, *args.flags]
    run(f'{name}.log', *TRAINER, '--train_files', args.an4 / 'an4-train.csv', '--random_seed', seed,
        '--dev_files', args.an4 / 'an4-dev.csv', '--notest', *common,
        *(flag.format(known=args.known) for flag in RECIPES[recipe]))
    return [100 * float(WER.search(run(f'{name}-{each.stem}.log', *TRAINER, '--notrain',
                                       '--test_files', each, *common))[1])
            for each in sets]


def shown(values):
    """Return a median and its range."""
    return f'{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})'


def main():
    """Train, test, print."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('an4', 'known', 'unknown', 'work'):
        p.add_argument(name, type=Path)
    p.add_argument('--seeds', default='4567,1,2')
    p.add_argument('--only', default=','.join(RECIPES), help='recipes, with commas')
    args, args.flags = p.parse_known_args()
    for name in ('an4', 'known', 'unknown', 'work'):
        setattr(args, name, getattr(args, name).resolve())
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')

    dev = args.work / 'dev-10.csv'
    make_set(args.an4 / 'an4-dev.csv', dev, args.known, 10)
    sets = [dev, args.an4 / 'an4-test.csv']
    for level in LEVELS:
        sets.append(args.work / f'test-{level}.csv')
        make_set(args.an4 / 'an4-test.csv', sets[-1], args.unknown, level)

    seeds, wanted = args.seeds.split(','), args.only.split(',')
    figures = {recipe: [] for recipe in wanted}
    for seed in seeds:  # a whole table of one seed first
        for recipe in wanted:
            figures[recipe].append(train(recipe, seed, sets, args))
    print('| training | dev, known noise, 10 dB | clean | 20 dB | 10 dB | 5 dB | lost at 10 dB |')
    print('|---|---|---|---|---|---|---|')
    loss = {}
    for recipe, runs in figures.items():
        loss[recipe] = statistics.median(run[3] - run[1] for run in runs)
        share = f' ({loss[recipe] / loss["nothing"]:.0%})' if 'nothing' in loss else ''
        cells = ' | '.join(shown(column) for column in zip(*runs))
        print(f'| {recipe} | {cells} | {loss[recipe]:.1f}{share} |')


if __name__ == '__main__':
    main()
