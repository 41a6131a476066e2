#!/usr/bin/env python3
"""Measures the network beside every engine users have, in the same run: Markdown tables on stdout.

    python native_client/bench/bench_network.py --build build/native-tests/lib [--rounds 3]
        [--seconds 10] [--n_hidden 2048] [--skip peers,onnx,isa,stream,bidirectional,latency]

One network for all: official geometry, forward, random weights, the blank so likely that no decoder
has work to do (RTF is the network's and the features'). Engines take turns, a fresh process each;
medians over the rounds. `others` is the number of cores that other programs kept busy meanwhile:
above 0.2, measure again. Peers: ../shared/peers (environments in $PEERS_DIR). ONNX Runtime runs the
same network with dynamically quantised int8 weights (packages onnx and onnxruntime).
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import wave

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [ROOT, os.path.join(ROOT, 'tests')]
SHARED = os.path.join(os.path.dirname(ROOT), 'shared')
PEERS = os.environ.get('PEERS_DIR', os.path.expanduser('~/.cache/ds-peers'))
RATE = 16000


def busy_cores(span):
    """Runs span(); returns (its result, cores that other processes kept busy meanwhile)."""
    def stat():
        with open('/proc/stat') as f:
            v = [int(x) for x in f.readline().split()[1:9]]
        own = os.times()
        return (sum(v) - v[3] - v[4]) / os.sysconf('SC_CLK_TCK'), sum(own[:4]), time.perf_counter()
    before = stat()
    result = span()
    after = stat()
    busy, own, wall = (b - a for a, b in zip(before, after))
    return result, max(0.0, (busy - own) / wall)


def make_models(folder, n_hidden):
    """Writes forward and bidirectional models with random weights, unless they are there."""
    from golden import ENGLISH, random_weights

    from util.config import Geometry
    from util.features import FeatureSettings
    from util.frozen_graph import export_weights, write_frozen_graph
    from util.pack import pack_graph

    paths = {}
    for kind in ('forward', 'bidirectional'):
        path = os.path.join(folder, f'{kind}-{n_hidden}.pb')
        paths[kind] = path
        if os.path.exists(path + 'mm'):
            continue
        geometry = Geometry(n_hidden, len(ENGLISH), kind == 'bidirectional')
        weights = random_weights(geometry)
        weights['layer_6/bias'][-1] = 200.0  # the blank
        settings = FeatureSettings('0.9.3' if kind == 'forward' else '2017')
        constants = {'metadata_alphabet': ENGLISH.serialize(), 'metadata_beam_width': 500,
                     'metadata_language': b'en'}
        write_frozen_graph(path, export_weights(weights, geometry), geometry, settings, constants)
        pack_graph(path, path + 'mm')
    return paths


def make_wav(folder, seconds):
    """Speech of this length, from the recordings in ../shared (noise where they are missing)."""
    path = os.path.join(folder, f'{seconds:g}s.wav')
    source = os.path.join(SHARED, 'data', 'long', 'wav16k', 'librivox-joined.wav')
    if os.path.exists(source):
        with wave.open(source) as w:
            samples = np.frombuffer(w.readframes(w.getnframes()), np.int16)
    else:
        samples = np.random.default_rng(0).normal(0, 2000, RATE * 20).astype(np.int16)
    samples = np.resize(samples, int(seconds * RATE))
    with wave.open(path, 'wb') as w:
        w.setparams((1, 2, RATE, 0, 'NONE', ''))
        w.writeframes(samples.tobytes())
    return path


def peak_rss_mb():
    """Largest resident memory of this process so far (ru_maxrss counts the parent's too)."""
    with open('/proc/self/status') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmHWM')) / 1024


def run_json(command, env=None, cwd=None):
    done = subprocess.run(command, capture_output=True, text=True,
                          env={**os.environ, **(env or {})}, cwd=cwd)
    if done.returncode:
        raise RuntimeError(f'{command[0]}: {done.stderr[-500:]}')
    return json.loads(done.stdout.strip().splitlines()[-1])


def run_wheel(env, engine, model, wav, *options, pin=()):
    """Numbers of ../shared/peers/bench_infer.py in a peer's environment."""
    r = run_json([*pin, os.path.join(PEERS, env, 'bin', 'python'),
                  os.path.join(SHARED, 'peers', 'bench_infer.py'), engine, model, wav,
                  '--loads', '1', *options])
    return {'rtf': r['rtf']['median'], 'seconds': r['rtf']['median'] * r['audio_s'],
            'open_ms': 1e3 * r['first_load_s'], 'peak_rss_mb': r['peak_rss_mb'],
            'chars': r['chars']}


# ---- ONNX Runtime --------------------------------------------------------------------------------


def onnx_worker(job):
    """The same network in ONNX Runtime, dynamically quantised; returns numbers for JSON."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime.quantization import QuantType, quantize_dynamic

    h, ways = job['n_hidden'], 2 if job['bidirectional'] else 1
    plain = os.path.join(job['folder'], f'{h}-{ways}.onnx')
    small = os.path.join(job['folder'], f'{h}-{ways}.int8.onnx')
    if not os.path.exists(small):
        rng = np.random.default_rng(1)
        weights, nodes = [], []

        def constant(name, *shape):
            array = rng.normal(0, 1 / np.sqrt(shape[0]), shape).astype(np.float32)
            weights.append(numpy_helper.from_array(array, name))
            return name

        def dense(x, name, rows, cols, clip=True):
            nodes.append(helper.make_node('MatMul', [x, constant(name + 'w', rows, cols)], [name]))
            nodes.append(helper.make_node('Add', [name, constant(name + 'b', cols)], [name + '+']))
            if not clip:
                return name + '+'
            nodes.append(helper.make_node('Clip', [name + '+', 'low', 'high'], [name + '!']))
            return name + '!'

        for name, value in (('low', 0.0), ('high', 20.0)):
            weights.append(numpy_helper.from_array(np.float32(value), name))
        y = dense('x', 'l1', 494, h)
        y = dense(dense(y, 'l2', h, h), 'l3', h, ways * h)
        constant_names = []
        for name, rows, cols in (('W', 4 * h, ways * h), ('R', 4 * h, h)):
            array = rng.normal(0, 1 / np.sqrt(cols), (ways, rows, cols)).astype(np.float32)
            weights.append(numpy_helper.from_array(array, name))
            constant_names.append(name)
        inputs = [y, *constant_names, '', '', *(['h', 'c'] if ways == 1 else [])]
        nodes.append(helper.make_node('LSTM', inputs, ['Y', 'h_out', 'c_out'], hidden_size=h,
                                      direction='forward' if ways == 1 else 'bidirectional'))
        nodes.append(helper.make_node('Transpose', ['Y'], ['Yt'], perm=[0, 2, 1, 3]))
        weights.append(numpy_helper.from_array(np.array([0, 0, ways * h], np.int64), 'shape'))
        nodes.append(helper.make_node('Reshape', ['Yt', 'shape'], ['Yr']))
        y = dense(dense('Yr', 'l5', ways * h, h), 'l6', h, 29, clip=False)
        nodes.append(helper.make_node('Softmax', [y], ['probs'], axis=-1))
        tensor = helper.make_tensor_value_info
        state = [1, 1, h]
        inputs = [tensor('x', TensorProto.FLOAT, ['T', 1, 494])]
        outputs = [tensor('probs', TensorProto.FLOAT, ['T', 1, 29])]
        if ways == 1:
            inputs += [tensor(n, TensorProto.FLOAT, state) for n in ('h', 'c')]
            outputs += [tensor(n, TensorProto.FLOAT, state) for n in ('h_out', 'c_out')]
        graph = helper.make_graph(nodes, 'deepspeech', inputs, outputs, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)])
        model.ir_version = 8
        onnx.save(model, plain)
        quantize_dynamic(plain, small, weight_type=QuantType.QInt8)
        os.remove(plain)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job['threads']
    options.inter_op_num_threads = 1
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(small, options, providers=['CPUExecutionProvider'])
    open_ms = 1e3 * (time.perf_counter() - start)
    frames = int(job['seconds'] * 50)
    x = np.random.default_rng(2).normal(0, 2, (frames, 1, 494)).astype(np.float32)
    batch = frames if ways == 2 else job['batch']
    times = []
    for _ in range(job['runs'] + 1):
        state = {'h': np.zeros((1, 1, h), np.float32), 'c': np.zeros((1, 1, h), np.float32)}
        start = time.perf_counter()
        for t in range(0, frames, batch):
            if ways == 2:
                session.run(None, {'x': x})
            else:
                _, state['h'], state['c'] = session.run(None, {'x': x[t:t + batch], **state})
        times.append(time.perf_counter() - start)
    return {'rtf': statistics.median(times[1:]) / job['seconds'], 'open_ms': open_ms,
            'peak_rss_mb': peak_rss_mb()}


# ---- our library, as a program uses it -----------------------------------------------------------


def library(build):
    lib = ctypes.CDLL(os.path.join(build, 'libdeepspeech.so'))
    lib.DS_FinishStream.restype = ctypes.c_void_p
    lib.DS_IntermediateDecode.restype = ctypes.c_void_p
    lib.DS_SpeechToText.restype = ctypes.c_void_p
    return lib


class ModelOptions(ctypes.Structure):
    _fields_ = [('size', ctypes.c_uint), ('fp32', ctypes.c_int), ('threads', ctypes.c_int)]


def stream_worker(job):
    """20 ms feeds, back to back, and 1 to 8 streams at once; returns numbers for JSON."""
    lib = library(job['build'])
    model = ctypes.c_void_p()
    options = ModelOptions(ctypes.sizeof(ModelOptions), 0, job['threads'])
    start = time.perf_counter()
    code = lib.DS_CreateModelWithOptions(job['model'].encode(), ctypes.byref(options),
                                         ctypes.byref(model))
    open_ms = 1e3 * (time.perf_counter() - start)
    assert code == 0, hex(code)
    with wave.open(job['wav']) as w:
        samples = np.frombuffer(w.readframes(w.getnframes()), np.int16)
    pointer = samples.ctypes.data
    feeds = []

    def one_stream(record):
        stream = ctypes.c_void_p()
        assert lib.DS_CreateStream(model, ctypes.byref(stream)) == 0
        for at in range(0, len(samples), 320):
            size = min(320, len(samples) - at)
            start = time.perf_counter()
            lib.DS_FeedAudioContent(stream, ctypes.c_void_p(pointer + 2 * at), size)
            if record:
                feeds.append(1e3 * (time.perf_counter() - start))
        lib.DS_FreeString(ctypes.c_void_p(lib.DS_FinishStream(stream)))

    for turn in range(job['runs'] + 1):
        one_stream(turn > 0)
    peak = peak_rss_mb()
    scaling = {}
    for count in job['streams']:
        threads = [threading.Thread(target=one_stream, args=(False,)) for _ in range(count)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        scaling[count] = count * len(samples) / RATE / (time.perf_counter() - start)
    p50, p99 = np.percentile(feeds, [50, 99])
    return {'open_ms': open_ms, 'p50_ms': p50, 'p99_ms': p99, 'peak_rss_mb': peak,
            'scaling': scaling, 'with_python_mb': peak}


def latency_worker(job):
    """Seconds from the last sample of the last word to its text, in a stream in real time.

    The audio's clock is the number of samples fed; what computing takes is added to it.
    """
    lib = library(job['build'])
    lib.DS_SpeechToText.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint]
    model = ctypes.c_void_p()
    assert lib.DS_CreateModel(job['model'].encode(), ctypes.byref(model)) == 0
    worst = []
    for path in job['wavs']:
        with wave.open(path) as w:
            speech = np.frombuffer(w.readframes(w.getnframes()), np.int16)
        loud = np.flatnonzero(np.abs(speech) > 0.03 * np.abs(speech).max())
        speech = speech[:loud[-1] + 1]  # ends with its last word
        samples = np.concatenate([speech, np.zeros(RATE, np.int16)])
        stream = ctypes.c_void_p()
        lib.DS_CreateStream(model, ctypes.byref(stream))
        last, seen, spent = None, 0.0, 0.0
        for at in range(0, len(samples), 320):
            start = time.perf_counter()
            piece = samples[at:at + 320]
            lib.DS_FeedAudioContent(stream, piece.ctypes.data_as(ctypes.c_void_p), len(piece))
            pointer = lib.DS_IntermediateDecode(stream)
            spent = time.perf_counter() - start
            text = ctypes.string_at(pointer).decode().rstrip()
            lib.DS_FreeString(ctypes.c_void_p(pointer))
            if text != last:
                last, seen = text, (at + len(piece)) / RATE + spent
        lib.DS_FreeString(ctypes.c_void_p(lib.DS_FinishStream(stream)))
        worst.append(seen - len(speech) / RATE)
    return {'worst_s': max(worst), 'median_s': statistics.median(worst)}


# ---- tables --------------------------------------------------------------------------------------


def table(heading, rows):
    print(f'\n| {" | ".join(heading)} |\n|{"---|" * len(heading)}')
    for row in rows:
        print(f'| {" | ".join(str(cell) for cell in row)} |', flush=True)


def compare(jobs, rounds):
    """Runs each job once a round, in turn; name -> list of results with `others`."""
    results = {}
    for _ in range(rounds):
        for name, job in jobs:
            try:
                result, others = busy_cores(job)
            except (RuntimeError, OSError) as e:
                print(f'{name}: {e}', file=sys.stderr)
                continue
            results.setdefault(name, []).append({**result, 'others': others})
    return results


def median(results, key):
    return statistics.median(r[key] for r in results)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', default=os.path.join(ROOT, 'build', 'native-tests', 'lib'))
    parser.add_argument('--cache', default=os.path.expanduser('~/.cache/deepspeech/bench'))
    parser.add_argument('--n_hidden', type=int, default=2048)
    parser.add_argument('--seconds', type=float, default=10)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--skip', default='')
    parser.add_argument('--job', help=argparse.SUPPRESS)
    o = parser.parse_args()
    if o.job:
        job = json.loads(o.job)
        print(json.dumps({'onnx': onnx_worker, 'stream': stream_worker,
                          'latency': latency_worker}[job['kind']](job)))
        return
    skip = set(o.skip.split(','))
    os.makedirs(o.cache, exist_ok=True)
    models = make_models(o.cache, o.n_hidden)
    wav = make_wav(o.cache, o.seconds)
    bench = os.path.join(o.build, 'engine_bench')

    def worker(**job):
        return lambda: run_json([sys.executable, os.path.abspath(__file__), '--job',
                                 json.dumps(job)])

    def ours(model, isa='', **options):
        arguments = [f'{k}={v}' for k, v in options.items()]
        return lambda: run_json([bench, model, f'seconds={o.seconds}', f'runs={o.runs}',
                                 *arguments], {'DEEPSPEECH_ISA': isa})

    def onnx(bidirectional, batch, threads=1):
        return worker(kind='onnx', n_hidden=o.n_hidden, bidirectional=bidirectional, batch=batch,
                      threads=threads, seconds=o.seconds, runs=o.runs, folder=o.cache)

    def peer(env, engine, model, stream=False):
        return lambda: run_wheel(env, engine, model, wav, '--runs', str(o.runs),
                                 *(['--stream'] if stream else []), pin=('taskset', '-c', '0'))

    forward, tflite = models['forward'], os.path.join(SHARED, 'peers', 'models', 'n2048.tflite')
    jobs = [('ours, int8, 16 frames', ours(forward + 'mm', batch=16, threads=1)),
            ('ours, int8, 64 frames', ours(forward + 'mm', batch=64, threads=1)),
            ('ours, int8, 16 frames, 2 threads', ours(forward + 'mm', batch=16, threads=2))]
    if 'onnx' not in skip:
        jobs += [('ONNX Runtime int8, 16 frames', onnx(False, 16)),
                 ('ONNX Runtime int8, whole file', onnx(False, int(o.seconds * 50)))]
    if 'peers' not in skip:
        jobs += [('deepspeech-tflite 0.9.3', peer('venv-ds-tflite', 'deepspeech', tflite)),
                 ('stt 1.4.0', peer('venv-stt', 'stt', tflite)),
                 ('deepspeech 0.9.3 (TensorFlow)', peer('venv-ds', 'deepspeech', forward))]
    if 'bidirectional' not in skip:
        jobs += [('ours, bidirectional', ours(models['bidirectional'] + 'mm', threads=1))]
        if 'onnx' not in skip:
            jobs += [('ONNX Runtime int8, bidirectional', onnx(True, 0))]
    results = compare(jobs, o.rounds)
    base = median(results['ours, int8, 16 frames'], 'rtf')
    print(f'\nNetwork only, n_hidden {o.n_hidden}, {o.seconds:g} s, {o.rounds} rounds, '
          f'{results[jobs[0][0]][0]["isa"]}')
    table(['engine', 'RTF', 'x ours', 'open ms', 'peak RSS MB', 'others'],
          [(name, f'{median(r, "rtf"):.4f}', f'{median(r, "rtf") / base:.2f}',
            f'{median(r, "open_ms"):.1f}', f'{median(r, "peak_rss_mb"):.0f}',
            f'{median(r, "others"):.2f}') for name, r in results.items()])

    if 'isa' not in skip:
        rows = []
        for isa in ('sse', 'avx2', 'avxvnni', 'avx512vnni', 'neon', 'neon_dot'):
            try:
                r = ours(forward + 'mm', isa, batch=16, threads=1)()
                rows.append((isa, f'{r["rtf"]:.4f}', f'{r["cpu_rtf"]:.4f}'))
            except RuntimeError:
                continue  # not on this processor
        print('\nKernels, int8, 16 frames, one thread')
        table(['kernels', 'RTF', 'RTF by processor time'], rows)

    if 'stream' not in skip:
        rows = []
        for threads in (1, 2):
            r, others = busy_cores(worker(kind='stream', build=o.build, model=forward + 'mm',
                                          wav=wav, threads=threads, runs=o.runs,
                                          streams=[1, 2, 4, 8]))
            rows.append((threads, f'{r["p50_ms"]:.3f}', f'{r["p99_ms"]:.2f}',
                         f'{r["open_ms"]:.1f}', f'{r["peak_rss_mb"]:.0f}',
                         *(f'{r["scaling"][str(n)]:.0f}' for n in (1, 2, 4, 8)), f'{others:.2f}'))
        print('\nStreams fed 20 ms at a time, and how many seconds of audio a second 1, 2, 4, 8 of '
              'them get through (peak memory with Python and numpy)')
        table(['threads', 'p50 ms', 'p99 ms', 'open ms', 'peak RSS MB', '1', '2', '4', '8',
               'others'], rows)

    trained = os.path.join(SHARED, 'data', 'compat')
    if 'latency' not in skip and os.path.isdir(trained):
        wavs = [os.path.join(trained, 'audio', f'espeak_0{n}0.wav') for n in (0, 1, 2, 3, 4, 5)]
        r = worker(kind='latency', build=o.build, model=os.path.join(trained, 'model256.pb'),
                   wavs=wavs)()
        print('\nFrom the last sample of the last word to its text, in seconds of the stream')
        table(['median', 'worst'], [(f'{r["median_s"]:.3f}', f'{r["worst_s"]:.3f}')])


if __name__ == '__main__':
    main()
