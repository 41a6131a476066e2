#!/usr/bin/env python3
"""Spoken orders: how often all slots are right, with a grammar, an n-gram scorer, and neither.

    tests/bench/bench_coffee.py COFFEE AN4 WORK [--other_files CSV,...] [flag]...

COFFEE: ../shared/data/coffee. AN4: a folder with the CSVs of bin/import_an4.py. Every fourth voice
of the orders is for the test and every eighth for validation. A network is trained on AN4, and then
on those orders of the other voices that have a transcript, each twice in an epoch, and on random
orders of the grammar that synthetic voices speak. Those without a transcript get what this network
hears with the grammar, if that has the slots of the label, and it is trained once more. The scorer
is made of other random orders, its weights are chosen on the validation set. `pocketsphinx`, where
Python finds it, hears all with its own model and the same grammar. An order is accepted if exactly
the slots of its label are in the text: one and the same parser reads them from what each engine
writes.

--other_files have speech that is no order. Of it, and of the orders, is shown what two limits of
`fit * share` accept with the grammar: one that accepts 95 % of the orders of the validation voices,
and one that accepts 95 % of those of the test voices. A text that is empty is not accepted.

WORK keeps what is made; started again it goes on. Flags that follow go to the trainings. Prints
Markdown tables: orders of the validation and test voices all of whose slots are right, in %, and
seconds of one core per second of speech; and what the limits accept, in %.
"""

import argparse
import csv
import importlib.util
import json
import os
import random
import re
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
from logged import ROOT, run
from scipy.io import wavfile

sys.path.insert(0, str(ROOT))
from util.audio.reading import read_audio
from util.corpora.spoken import ACCENTS, FLITE, SPEAKERS, Utterance, Voices, record_all
from util.data.manifest import read_csvs

RATE = 16000
GRAMMAR = ROOT / 'tests' / 'bench' / 'coffee.gram'
ORDERS = 20000
SPOKEN = 700
FLAGS = [f'--flagfile={ROOT / "data" / "recipes" / "minutes.txt"}', '--noearly_stop', '--notest',
         '--export_language=en', '--report_count=0', '--noshow_progressbar']
ALPHAS, BETAS = (0.3, 0.6, 1.0, 1.5, 2.2), (0.0, 0.5, 1.0, 2.0)

VOICES = Voices(ACCENTS, SPEAKERS, FLITE, 0.25)

RULES = {name: f'(?:{words})' for name, words in {
    'opening': "brew|can i get|can i have|i want|get me|give me|i'd like|make me|may i have",
    'size': 'small|medium(?! roast)|large|eight ounce|twelve ounce|sixteen ounce|twenty ounce',
    'roast': '(?:dark|light|medium) roast',
    'shots': '(?:single|double|triple) shot',
    'drink': '(?:iced )?mocha|cappuccino|(?:iced |drip |house )?coffee|americano|latte|espresso',
    'amount': 'a little bit of|a bit of|some|a lot of|lots of',
    'milk': '(?:whole |almond |soy |skim )?milk|cream',
    'sugar': 'sweetener|(?:brown )?sugar'}.items()}
ORDER = re.compile(
    '(?:{opening} )?(?:an? )?(?P<before>(?:(?:{size}|{roast}|{shots}) )*)(?P<coffeeDrink>{drink})'
    '(?: with (?P<after>.+))?'.format(**RULES))
BEFORE = {'size': RULES['size'], 'roast': RULES['roast'], 'numberOfShots': RULES['shots']}
AFTER = {slot: re.compile('(?:{amount} )?{what}'.format(amount=RULES['amount'], what=RULES[what]))
         for slot, what in (('milkAmount', 'milk'), ('sugarAmount', 'sugar'))}


def slots_of(text):
    """Return the slots of an order; None if the text is none."""
    found = ORDER.fullmatch(text)
    if not found:
        return None
    slots = {'coffeeDrink': found['coffeeDrink']}
    for slot, rule in BEFORE.items():
        values = re.findall(rule, found['before'])
        if len(values) > 1:
            return None
        slots.update((slot, value) for value in values)
    additions = found['after'].split(' and ') if found['after'] else []
    for addition in additions:
        slot = next((slot for slot, rule in AFTER.items() if rule.fullmatch(addition)), None)
        if slot is None or slot in slots:
            return None
        slots[slot] = addition
    return slots


def random_order(rng):
    """Return a text of the grammar."""
    def one(name):
        return rng.choice({
            'opening': ['', 'brew', 'can i get', 'can i have', 'i want', 'get me', 'give me',
                        "i'd like", 'make me', 'may i have'],
            'size': ['small', 'medium', 'large', 'eight ounce', 'twelve ounce', 'sixteen ounce',
                     'twenty ounce'],
            'roast': ['dark roast', 'light roast', 'medium roast'],
            'shots': ['single shot', 'double shot', 'triple shot'],
            'drink': ['mocha', 'iced mocha', 'cappuccino', 'iced coffee', 'drip coffee',
                      'house coffee', 'americano', 'coffee', 'latte', 'espresso'],
            'amount': ['', '', '', 'a little bit of', 'a bit of', 'some', 'a lot of', 'lots of'],
            'milk': ['milk', 'whole milk', 'almond milk', 'soy milk', 'skim milk', 'cream'],
            'sugar': ['sweetener', 'brown sugar', 'sugar']}[name])
    before = [one(name) for name in ('size', 'roast', 'shots') if rng.random() < 0.5]
    rng.shuffle(before)
    after = [f'{one("amount")} {one(name)}' for name in ('milk', 'sugar') if rng.random() < 0.5]
    rng.shuffle(after)
    words = [one('opening'), rng.choice(['', 'a']), *before, one('drink'),
             'with ' * bool(after) + ' and '.join(after)]
    return ' '.join(' '.join(words).split())


def prepare(coffee, work):
    """Unpack the orders and write CSVs of the three parts."""
    if (work / 'orders-first.csv').exists():
        return
    with tarfile.open(coffee / 'coffee.tar') as tar:
        tar.extractall(work, filter='data')
    with open(coffee / 'labels.jsonl', encoding='utf-8') as file:
        orders = [json.loads(line) for line in file]
    voices = sorted({order['voice'] for order in orders})
    part = dict.fromkeys(voices, 'train')
    part |= dict.fromkeys(voices[1::8], 'dev') | dict.fromkeys(voices[0::4], 'test')
    rows = {name: [] for name in ('train', 'dev', 'test')}
    for order in orders:
        source = work / 'coffee' / order['file']
        order['wav'] = str(source.with_suffix('.wav'))
        wavfile.write(order['wav'], RATE, np.asarray(read_audio(str(source), RATE)))
        rows[part[order['voice']]].append(order)
    for name in ('train', 'dev', 'test'):
        (work / f'{name}.jsonl').write_text(
            ''.join(json.dumps(order) + '\n' for order in rows[name]), encoding='utf-8')
    write_csv(work / 'orders-test.csv', clips(rows['test']))
    write_csv(work / 'orders-dev.csv', clips(rows['dev']))
    write_csv(work / 'orders-first.csv', 2 * clips(rows['train']))


def clips(orders):
    """Return rows of those that have a transcript."""
    return [(order['wav'], os.path.getsize(order['wav']), order['transcript'])
            for order in orders if order['transcript']]


def speak(work):
    """Have synthetic voices give random orders."""
    if not (work / 'spoken.csv').exists():
        rng = random.Random(2)
        texts = [random_order(rng) for _ in range(SPOKEN)]
        record_all([Utterance(work / 'spoken' / f'{i:03}.wav', VOICES.draw(rng), text, text,
                              rng.uniform(0.8, 1.25), rng.uniform(0.7, 1.35), rng.uniform(0.2, 0.9))
                    for i, text in enumerate(texts)], work / 'spoken.csv')


def write_csv(path, rows):
    """Write a CSV."""
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['wav_filename', 'wav_filesize', 'transcript'])
        writer.writerows(rows)


def accepted(orders, hear):
    """Return the share of orders all of whose slots are right, in %, and the time that it took."""
    right, secs, took = 0, 0.0, 0.0
    for order in orders:
        samples = wavfile.read(order['wav'])[1]
        start = time.process_time()
        text = hear(samples)
        took += time.process_time() - start
        secs += len(samples) / RATE
        right += slots_of(text) == order['slots']
    return 100 * right / len(orders), took / secs


def understood(model, orders):
    """Give orders without a transcript the text that the grammar hears, if its slots are right."""
    model.enableGrammar(str(GRAMMAR))
    for order in orders:
        if not order['transcript']:
            text = model.stt(wavfile.read(order['wav'])[1])
            order['transcript'] = text if slots_of(text) == order['slots'] else None
    return clips(orders)


def figures(model, paths):
    """Return `fit * share` of the text of each recording, -1 where there is none."""
    best = [model.sttWithMetadata(read_audio(path, RATE), 1).transcripts[0] for path in paths]
    return np.array([each.trust.fit * each.trust.share if each.text else -1 for each in best])


def print_rejection(model, recordings):
    """Print what limits accept; `recordings` are lists of paths, those of dev and test first."""
    seen = {name: figures(model, paths) for name, paths in recordings.items()}
    print(f'\n| limit by | {" | ".join(f"{name}, {len(each)}" for name, each in seen.items())} |\n'
          f'|{"---|" * (1 + len(seen))}')
    for name in ('validation', 'test'):
        limit = np.quantile(seen[name], 0.05, method='lower')
        shown = (f'{100 * (each >= limit).mean():.1f}' for each in seen.values())
        print(f'| {name}: {limit:.2f} | {" | ".join(shown)} |')


def sphinx():
    """Return a recogniser with the same grammar, whose dictionary has all words of it."""
    import pocketsphinx
    grammar = re.sub(r'\{\w+\}', '', GRAMMAR.read_text(encoding='utf-8'))
    decoder = pocketsphinx.Decoder(lm=None, loglevel='FATAL')
    for word in sorted(set(re.findall(r"[a-z']+", re.sub(r'<\w+>|//.*|public|grammar \w+', '',
                                                         grammar)))):
        if decoder.lookup_word(word) is None:
            raise SystemExit(f'pocketsphinx does not know {word!r}')
    decoder.add_jsgf_string('coffee', grammar)
    decoder.activate_search('coffee')

    def hear(samples):
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), full_utt=True)
        decoder.end_utt()
        return decoder.hyp().hypstr if decoder.hyp() else ''
    return hear


def engines(work, model, dev):
    """Yield names and functions that hear; each is to be used before the next one is made."""
    yield 'no language model', model.stt
    model.enableExternalScorer(str(work / 'orders.scorer'))
    pairs = [(alpha, beta) for alpha in ALPHAS for beta in BETAS]
    alpha, beta = max(pairs, key=lambda pair: accepted(dev, weighted(model, *pair))[0])
    print(f'weights of the scorer, chosen on dev: alpha {alpha:g}, beta {beta:g}')
    yield 'n-gram scorer', weighted(model, alpha, beta)
    model.disableExternalScorer()
    model.enableGrammar(str(GRAMMAR))
    yield 'grammar', model.stt
    if importlib.util.find_spec('pocketsphinx'):
        yield 'pocketsphinx, same grammar', sphinx()


def weighted(model, alpha, beta):
    """Return what hears with these weights."""
    model.setScorerAlphaBeta(alpha, beta)
    return model.stt


def read_orders(path):
    """Return the orders of a file."""
    with open(path, encoding='utf-8') as file:
        return list(map(json.loads, file))


def train(work, name, start, flags):
    """Train on the orders of orders-NAME.csv and the spoken ones, beginning with a model."""
    run(work / f'{name}-import.log', 'bin/import_checkpoint.py', '--fresh_optimizer',
        start / 'output_graph.pbmm', work / f'{name}-checkpoint')
    run(work / f'{name}.log', 'DeepSpeech.py',
        f'--train_files={work / f"orders-{name}.csv"},{work / "spoken.csv"}',
        f'--dev_files={work / "orders-dev.csv"}', f'--checkpoint_dir={work / name}-checkpoint',
        f'--export_dir={work / name}-export', *FLAGS, *flags)


def main():
    """Prepare, train, hear, print."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('coffee', type=Path)
    p.add_argument('an4', type=Path)
    p.add_argument('work', type=Path)
    p.add_argument('--other_files', default='', metavar='CSV,...')
    args, flags = p.parse_known_args()
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    prepare(args.coffee, work)
    speak(work)
    an4 = args.an4.resolve()
    run(work / 'an4.log', 'DeepSpeech.py', f'--train_files={an4 / "an4-train.csv"}',
        f'--dev_files={an4 / "an4-dev.csv"}', f'--checkpoint_dir={work / "an4-checkpoint"}',
        f'--export_dir={work / "an4-export"}', *FLAGS, '--epoch=36', '--lr_warmup_steps=300',
        *flags)
    import deepspeech
    train(work, 'first', work / 'an4-export', ['--epoch=30', *flags])
    orders = understood(deepspeech.Model(str(work / 'first-export' / 'output_graph.pbmm')),
                        read_orders(work / 'train.jsonl'))
    write_csv(work / 'orders-second.csv', 2 * orders)
    print(f'{len(orders)} orders to train with')
    train(work, 'second', work / 'first-export', ['--epoch=16', '--learning_rate=0.002', *flags])
    rng = random.Random(1)
    (work / 'orders.txt').write_text(
        ''.join(random_order(rng) + '\n' for _ in range(ORDERS)), encoding='utf-8')
    run(work / 'scorer.log', 'bin/make_scorer.py', '--text', work / 'orders.txt', '--alphabet',
        ROOT / 'data' / 'alphabet.txt', '--out', work / 'orders.scorer')
    sets = {name: read_orders(work / f'{name}.jsonl') for name in ('dev', 'test')}
    print(f'{len(sets["dev"])} orders of validation voices, {len(sets["test"])} of test voices')
    rows = ['| engine | validation | test | s per s |', '|---|---|---|---|']
    model = deepspeech.Model(str(work / 'second-export' / 'output_graph.pbmm'), threads=1)
    for name, hear in engines(work, model, sets['dev']):
        (dev, _), (test, cost) = (accepted(sets[part], hear) for part in ('dev', 'test'))
        rows.append(f'| {name} | {dev:.1f} | {test:.1f} | {cost:.4f} |')
    print('\n'.join(rows))
    recordings = {name: [order['wav'] for order in sets[part]]
                  for name, part in (('validation', 'dev'), ('test', 'test'))}
    for table in filter(None, args.other_files.split(',')):
        recordings[Path(table).stem] = [row.wav for row in read_csvs([table])]
    print_rejection(model, recordings)


if __name__ == '__main__':
    main()
