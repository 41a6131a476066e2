#!/usr/bin/env python3
"""A corpus from a seed model: whether each round of `bin/align_corpus.py --refine` hears better.

    tests/bench/bench_refine.py KERSTIN WORK [--seed_clips 100] [--rounds 2] [flag]...

KERSTIN: ../shared/data/kerstin. Of its sentences, dev has 60 and the seed model 100; the others are
joined to recordings of five minutes, with pauses of 0.2 to 2.5 s, and a text beside each. The seed
model aligns them, and `--refine` trains on the surest half of what it finds, as often as is asked
for. Beside that stands a training, by the recipe of the rounds, on the true clips of all these
recordings. WORK keeps what is made; started again it goes on. Flags that follow go to every
training.

Prints a Markdown table: sentences and minutes of each training, and its CER and WER on dev in %,
without language model.
"""

import argparse
import csv
import os
import re
import sys
import tarfile
from pathlib import Path

import numpy as np
from logged import ROOT, run
from scipy.io import wavfile

sys.path.insert(0, str(ROOT))
from util.audio.reading import read_audio
from util.corpora.splits import divide
from util.errors import UserError
from util.text.transcripts import Cleaning, Rejected

RATE = 16000
MINUTES = 5
PAUSE = (0.2, 2.5)  # seconds
DEV = 60
LETTERS = " abcdefghijklmnopqrstuvwxyzäöüß'"
FLAGS = [f'--flagfile={ROOT / "data" / "recipes" / "minutes.txt"}', '--n_hidden=128',
         '--validation_step=5', '--noearly_stop', '--report_count=0', '--noshow_progressbar']
RATES = re.compile(r'WER: ([\d.]+), CER: ([\d.]+)')


def sentences(kerstin, folder):
    """Unpack the sentences that the alphabet can spell; return their WAV files and texts."""
    clean, found = Cleaning(locale='de'), []
    with tarfile.open(kerstin / 'kerstin.tar') as tar:
        tar.extractall(folder, filter='data')
    with open(kerstin / 'metadata.tsv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE))
    for row in rows:
        try:
            text = clean(row['text'])
        except Rejected:
            continue
        if set(text) <= set(LETTERS):
            source = folder / 'kerstin' / row['file']
            wav = source.with_suffix('.wav')
            wavfile.write(wav, RATE, np.asarray(read_audio(str(source), RATE)))
            found.append((wav, text, row['text']))
    np.random.default_rng(1).shuffle(found)
    return [(Path(wav), str(text), str(original)) for wav, text, original in found]


def write_csv(path, clips):
    """Write a CSV of clips."""
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['wav_filename', 'wav_filesize', 'transcript'])
        writer.writerows([wav, wav.stat().st_size, text] for wav, text, _ in clips)


def join(clips, folder):
    """Write clips as long recordings with a text beside each."""
    folder.mkdir(exist_ok=True)
    random, pieces, lines, number = np.random.default_rng(2), [], [], 0
    for i, (wav, _, original) in enumerate(clips):
        pieces += [wavfile.read(wav)[1], np.zeros(int(random.uniform(*PAUSE) * RATE), np.int16)]
        lines.append(original)
        if i + 1 == len(clips) or sum(map(len, pieces)) > MINUTES * 60 * RATE:
            samples = np.concatenate(pieces)
            noise = random.normal(0, 50, len(samples))  # a quiet room, about -56 dBFS
            wavfile.write(folder / f'{number:02}.wav', RATE,
                          np.clip(samples + noise, -32768, 32767).astype(np.int16))
            (folder / f'{number:02}.txt').write_text('\n'.join(lines), encoding='utf-8')
            pieces, lines, number = [], [], number + 1


def prepare(kerstin, work, seed_clips):
    """Make the sets and the recordings."""
    done = work / 'prepared'
    if done.exists():
        return
    clips = sentences(kerstin, work)
    dev, seed, rest = np.split(np.arange(len(clips)), [DEV, DEV + seed_clips])
    write_csv(work / 'dev.csv', [clips[i] for i in dev])
    for name, some in (('seed', seed), ('true', rest)):
        write_split(work, name, [clips[i] for i in some])
    join([clips[i] for i in rest], work / 'recordings')
    (work / 'alphabet.txt').write_text(''.join(f'{c}\n' for c in LETTERS), encoding='utf-8')
    done.touch()


def write_split(work, name, clips):
    """Write a training set, a tenth of it to validate on, as the rounds have it."""
    where = divide([wav.name for wav, _, _ in clips], 10, 0)
    for split in ('train', 'dev'):
        write_csv(work / f'{name}-{split}.csv', [c for c in clips if where[c[0].name] == split])


def train(work, name, epochs, flags):
    """Train on the clips of a set; return the exported model."""
    run(work / f'{name}.log', 'DeepSpeech.py', f'--train_files={work / name}-train.csv',
        f'--dev_files={work / name}-dev.csv', f'--alphabet_config_path={work / "alphabet.txt"}',
        f'--checkpoint_dir={work / name}-checkpoint', f'--export_dir={work / name}-export',
        '--notest', '--export_language=de', *FLAGS, f'--epoch={epochs}', *flags)
    return work / f'{name}-export' / 'output_graph.pbmm'


def size(*tables):
    """Return how many clips some CSVs have, and their minutes."""
    rows = []
    for table in tables:
        with open(table, encoding='utf-8', newline='') as file:
            rows += list(csv.DictReader(file))
    return len(rows), sum((int(row['wav_filesize']) - 44) / 2 / RATE for row in rows) / 60


def main():
    """Prepare, train, align, test, print."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('kerstin', type=Path)
    p.add_argument('work', type=Path)
    p.add_argument('--seed_clips', type=int, default=100)
    p.add_argument('--seed_epochs', type=int, default=200)
    p.add_argument('--rounds', type=int, default=2)
    p.add_argument('--epochs', type=int, default=40, help='of the rounds and on the true clips')
    args, flags = p.parse_known_args()
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    prepare(args.kerstin, work, args.seed_clips)
    seed = train(work, 'seed', args.seed_epochs, flags)
    target = work / 'aligned'
    run(work / f'refine-{args.rounds}.log', 'bin/align_corpus.py', work / 'recordings',
        '--model', seed, '--target', target, '--jobs', 1, '--locale', 'de', '--refine', args.rounds,
        '--', *FLAGS, f'--epoch={args.epochs}', *flags)
    models = {'seed': (seed, size(work / 'seed-train.csv', work / 'seed-dev.csv'))}
    for number in range(1, args.rounds + 1):
        folder = target / 'rounds' / str(number)
        found = sorted(folder.glob('training-*/export/output_graph.pbmm'))
        if not found:  # the model before found less than the one before it
            break
        if len(found) != 1:
            raise UserError(f'{folder}: {len(found)} trainings; expected 1')
        models[f'round {number}'] = (found[0], size(folder / 'train.csv', folder / 'dev.csv'))
    models['true clips'] = (train(work, 'true', args.epochs, flags),
                            size(work / 'true-train.csv', work / 'true-dev.csv'))
    print('| trained on | clips | minutes | CER on dev | WER on dev |\n|---|---|---|---|---|')
    for name, (model, (clips, minutes)) in models.items():
        said = run(work / f'{name.replace(" ", "-")}-dev.log', 'evaluate_export.py', '--model',
                   model, '--csv', work / 'dev.csv')
        wer, cer = map(float, RATES.search(said).groups())
        print(f'| {name} | {clips} | {minutes:.1f} | {100 * cer:.1f} | {100 * wer:.1f} |')
    last = (work / f'refine-{args.rounds}.log').read_text(encoding='utf-8').splitlines()
    print('\n'.join(['', *last[-6:]]))


if __name__ == '__main__':
    main()
