#!/usr/bin/env python3
"""Align long recordings with their text, ours beside ctc-segmentation: a Markdown table.

    python native_client/bench/bench_align.py MODEL [--audio A --truth T.tsv [--wrong W.tsv]]
        [--clips C.csv --joined 60]
        [--minutes 10,30,60,120] [--rounds 3] [--limit 600] [--only accuracy,memory]

Parts: accuracy (the recording, the truth of whose lines is a table with columns start, end, text;
a second one with the columns line, wrong, text replaces lines by others, wrong = 1), memory (the
command on the recording repeated to so many minutes). By default ../shared/data/kerstin/long.
--clips makes the recording: of the clips of a CSV, drawn again and again up to so many minutes,
joined with pauses of 0.2 to 3 s under white noise at 30 dB; one line in ten becomes another's.

A boundary is right within 0.2 s. Peers get the network's probabilities from us, and a text cleaned
as ours is; `seconds` is of the alignment alone, one core.
PEERS_DIR has a folder venv-ctc-segmentation with that package; without it ours stands alone.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from typing import Any

import numpy as np
from long_recording import join
from side_by_side import (
    PEERS,
    RATE,
    SHARED,
    Job,
    Result,
    Table,
    chosen,
    in_turn,
    one_core,
    parser_for,
    run_json,
)

PARTS = ('accuracy', 'memory')
KERSTIN = os.path.join(SHARED, 'data', 'kerstin', 'long', 'kerstin-long')
NEAR = 0.2  # seconds
# Aligns [probabilities, lines of labels] and prints seconds, and [start, end, score] of each line.
PEER = '''
import json, sys, time
import numpy as np
from ctc_segmentation import (CtcSegmentationParameters, ctc_segmentation,
                              determine_utterance_segments, prepare_text)
log_probs = np.log(np.maximum(np.load(sys.argv[1]), 1e-10)).astype(np.float32)
lines, labels, step = json.load(open(sys.argv[2]))
log_probs = np.roll(log_probs, 1, axis=1)  # its blank is the first
config = CtcSegmentationParameters(char_list=["<blank>"] + labels, index_duration=step)
start = time.process_time()
truth, begins = prepare_text(config, lines)
timings, probs, states = ctc_segmentation(config, log_probs, truth)
found = determine_utterance_segments(config, begins, probs, timings, lines)
seconds = time.process_time() - start
# By itself a line begins half a second before its first letter, where it can.
print(json.dumps({"seconds": seconds, "lines": [
    [float(timings[begin + 1]), float(end), float(score)]
    for begin, (_, end, score) in zip(begins, found)]}))
'''


def table_of(path: str) -> list[dict[str, str]]:
    """Return the rows of a TSV."""
    with open(path, encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))


def spelt(text: str, labels: list[str]) -> str:
    """Return a line in labels, for the peers: in lower case, without what is no label."""
    return ' '.join(''.join(c if c in labels else ' ' for c in text.lower()).split())


class Recording:
    """A recording, what the network says of it, and jobs over it."""

    def __init__(self, model: str, audio: str, folder: str, build: str) -> None:
        from deepspeech import Model, read_audio

        self.folder, self.build = folder, build
        self.network = network = Model(model)
        self.labels, self.step = network.info.labels, network.info.step_seconds
        self.samples = read_audio(audio, network.sampleRate())
        start = time.process_time()
        probs = network.emissions(self.samples)
        self.network_seconds = time.process_time() - start
        np.save(self.path('probs.npy'), probs)
        probs.tofile(self.path('probs.f32'))
        with open(self.path('alphabet.txt'), 'w', encoding='utf-8') as f:
            f.writelines(f'{label}\n' for label in self.labels)

    def path(self, name: str) -> str:
        """Return the path of a file for the programs."""
        return os.path.join(self.folder, name)

    def ours(self, lines: list[str], limit: float | None) -> Result:
        """Align by Model.align; the seconds are those of align_probe, without the network."""
        with open(self.path('text.txt'), 'w', encoding='utf-8') as f:
            f.writelines(f'{line}\n' for line in lines)
        before = os.times()
        subprocess.run(
            [*one_core(), os.path.join(self.build, 'align_probe'), self.path('alphabet.txt'),
             self.path('text.txt'), self.path('probs.f32')], capture_output=True, timeout=limit,
            text=True, check=True)
        after = os.times()
        found = self.network.align(self.samples, '\n'.join(lines)).lines
        return {'seconds': after.children_user - before.children_user,
                'lines': [(line.start_time, line.end_time, line.confidence, line.found)
                          for line in found]}

    def ctc_segmentation(self, lines: list[str], limit: float | None) -> Result:
        """Align by the package; a line counts as found where its score is above -2."""
        with open(self.path('lines.json'), 'w', encoding='utf-8') as f:
            json.dump([[spelt(line, self.labels) for line in lines], self.labels, self.step], f)
        result = run_json(
            [*one_core(), os.path.join(PEERS, 'venv-ctc-segmentation', 'bin', 'python'), '-c', PEER,
             self.path('probs.npy'), self.path('lines.json')], limit=limit)
        result['lines'] = [(start, end, score, score > -2) for start, end, score in result['lines']]
        return result


def judge(found: list[Any], rows: list[dict[str, str]]) -> Result:
    """Compare lines with the truth."""
    wrong = np.array([row.get('wrong') == '1' for row in rows])
    kept = np.array([line[3] for line in found])
    offsets = np.array([(line[0] - float(row['start']), line[1] - float(row['end']))
                        for line, row in zip(found, rows)])
    right = offsets[~wrong]
    near = (np.abs(right) <= NEAR) & kept[~wrong, None]
    return {'starts': near[:, 0].mean(), 'ends': near[:, 1].mean(),
            'start_error': np.median(np.abs(right[:, 0])),
            'end_error': np.median(np.abs(right[:, 1])),
            'rejected': f'{(~kept[wrong]).sum()} of {wrong.sum()}',
            'lost': f'{(~kept[~wrong]).sum()} of {(~wrong).sum()}'}


def accuracy(recording: Recording, tables: dict[str, str], rounds: int, limit: float) -> None:
    """Print the errors of each engine on each text."""
    minutes = len(recording.samples) / RATE / 60
    table = Table(f'{minutes:.1f} minutes; the network took {recording.network_seconds:.1f} s',
                  'text', 'engine', f'starts within {NEAR} s', 'ends', 'median error of starts, s',
                  'of ends', 'wrong lines rejected', 'right lines lost', 'seconds')
    for name, path in tables.items():
        rows = table_of(path)
        found: dict[str, list[Any]] = {}  # the last alignment of each engine

        def job(engine: str, align: Any, rows: list[Any] = rows, found: Any = found) -> Job:
            def run(limit: float | None) -> Result:
                result = align([row['text'] for row in rows], limit)
                found[engine] = result['lines']
                return {'seconds': result['seconds']}
            return run

        jobs = {'ours': job('ours', recording.ours)}
        if os.path.isdir(os.path.join(PEERS, 'venv-ctc-segmentation')):
            jobs['ctc-segmentation'] = job('ctc-segmentation', recording.ctc_segmentation)
        for engine, times in in_turn(jobs, rounds, limit).items():
            seen = judge(found[engine], rows)
            table.row(name, engine, f"{seen['starts']:.1%}", f"{seen['ends']:.1%}",
                      f"{seen['start_error']:.3f}", f"{seen['end_error']:.3f}",
                      seen['rejected'], seen['lost'], f"{times['seconds']:.2f}")


def memory(model: str, recording: Recording, lines: list[str], minutes: list[float],
           limit: float) -> None:
    """Print time and peak memory of the command."""
    table = Table('deepspeech --align, one core', 'minutes', 'lines found', 'seconds',
                  'peak RSS MB')
    whole = len(recording.samples) / RATE / 60
    samples = np.asarray(recording.samples)
    for length in minutes:
        wav, text = recording.path('long.wav'), recording.path('long.txt')
        with wave.open(wav, 'wb') as f:
            f.setparams((1, 2, RATE, 0, 'NONE', ''))
            for _ in range(int(length / whole)):
                f.writeframes(samples.tobytes())
            f.writeframes(samples[:int(length % whole * 60 * RATE)].tobytes())
        with open(text, 'w', encoding='utf-8') as f:
            f.writelines(f'{line}\n' for line in (lines * (int(length / whole) + 1))[
                :round(len(lines) * length / whole)])
        program = os.path.join(os.path.dirname(recording.build), 'bin', 'deepspeech')
        result = run_json([sys.executable, '-c', WATCH, *one_core(), program, '--model', model, wav,
                           '--align', text], limit=limit)
        table.row(f'{length:g}', f"{result['found']} of {result['lines']}",
                  f"{result['seconds']:.1f}", f"{result['peak']:.0f}")


# Runs a command and says what it found and needed.
WATCH = '''
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True)
lines = json.loads(done.stdout)["lines"]
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"found": sum(line["found"] for line in lines), "lines": len(lines),
                  "seconds": used.ru_utime, "peak": used.ru_maxrss / 1024}))
'''


def make(table: str, minutes: float, folder: str) -> tuple[str, str, str]:
    """Join clips to a recording; return its path, its truth's, and that of wrong lines'."""
    samples, parts, texts = join(table, minutes)
    random = np.random.default_rng(1)
    speech = np.concatenate([samples[a:b] for a, b in parts])
    samples = samples + random.normal(0, np.sqrt((speech ** 2).mean() / 1000), len(samples))
    audio = os.path.join(folder, 'joined.wav')
    with wave.open(audio, 'wb') as f:
        f.setparams((1, 2, RATE, 0, 'NONE', ''))
        f.writeframes(np.clip(samples, -32768, 32767).astype(np.int16).tobytes())
    times = [(a / RATE, b / RATE) for a, b in parts]
    wrong = random.random(len(texts)) < 0.1
    others = sorted(set(texts))
    paths = []
    for name, changed in (('truth', np.zeros_like(wrong)), ('wrong', wrong)):
        paths.append(os.path.join(folder, f'{name}.tsv'))
        with open(paths[-1], 'w', encoding='utf-8', newline='') as f:
            rows = csv.writer(f, delimiter='\t', quoting=csv.QUOTE_NONE, quotechar=None)
            rows.writerow(['start', 'end', 'text', 'wrong'])
            for i, (text, (start, end)) in enumerate(zip(texts, times)):
                if changed[i]:
                    near = texts[max(i - 2, 0):i + 3]
                    text = str(random.choice([other for other in others if other not in near]))
                rows.writerow([start, end, text, int(changed[i])])
    return audio, paths[0], paths[1]


def main() -> None:
    """Print the tables."""
    parser = parser_for(__doc__, PARTS)
    parser.add_argument('model')
    parser.add_argument('--audio', default=KERSTIN + '.opus')
    parser.add_argument('--truth', default=KERSTIN + '.tsv')
    parser.add_argument('--wrong', default='')
    parser.add_argument('--clips', default='', metavar='CSV')
    parser.add_argument('--joined', type=float, default=60, metavar='MINUTES')
    parser.add_argument('--minutes', default='10,30,60,120',
                        type=lambda text: [float(part) for part in text.split(',')])
    o = parser.parse_args()
    if o.truth == KERSTIN + '.tsv' and not o.wrong:
        o.wrong = KERSTIN + '.wrong.tsv'
    parts = chosen(parser, o, PARTS)
    with tempfile.TemporaryDirectory() as folder:
        if o.clips:
            o.audio, o.truth, o.wrong = make(o.clips, o.joined, folder)
        recording = Recording(o.model, o.audio, folder, o.build)
        if 'accuracy' in parts:
            tables = {'as spoken': o.truth, **({'with wrong lines': o.wrong} if o.wrong else {})}
            accuracy(recording, tables, o.rounds, o.limit)
        if 'memory' in parts:
            memory(o.model, recording, [row['text'] for row in table_of(o.truth)], o.minutes,
                   o.limit)


if __name__ == '__main__':
    main()
