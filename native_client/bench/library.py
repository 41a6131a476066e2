"""Our library as a program uses it, through ctypes: whole files, streams, latency.

    python native_client/bench/library.py '{"kind": "whole", "build": ..., "model": ..., ...}'

does one job in a fresh process and prints its numbers as JSON; the benchmarks start it so.
"""

import ctypes
import json
import os
import statistics
import sys
import threading
import time
from typing import Any

import numpy as np
from side_by_side import RATE, Result, peak_rss_mb, read_wav

Job = dict[str, Any]  # what to do; `kind` is the function that does it


class ModelOptions(ctypes.Structure):
    """DS_ModelOptions of deepspeech.h."""

    _fields_ = [('size', ctypes.c_uint), ('fp32', ctypes.c_int), ('threads', ctypes.c_int)]


def library(build: str) -> ctypes.CDLL:
    """Load our library and declare the calls that return or take pointers."""
    lib = ctypes.CDLL(os.path.join(build, 'libdeepspeech.so'))
    for name in ('DS_FinishStream', 'DS_IntermediateDecode', 'DS_SpeechToText'):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.DS_SpeechToText.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint]
    return lib


def open_model(job: Job) -> tuple[ctypes.CDLL, ctypes.c_void_p, float]:
    """Return the library, the model and the milliseconds taken to open it."""
    lib, model = library(job['build']), ctypes.c_void_p()
    options = ModelOptions(ctypes.sizeof(ModelOptions), 0, job.get('threads', 1))
    start = time.perf_counter()
    code = lib.DS_CreateModelWithOptions(job['model'].encode(), ctypes.byref(options),
                                         ctypes.byref(model))
    open_ms = 1e3 * (time.perf_counter() - start)
    assert code == 0, hex(code)
    return lib, model, open_ms


def whole(job: Job) -> Result:
    """Transcribe job['wav'] in one call."""
    lib, model, open_ms = open_model(job)
    assert lib.DS_SetModelBeamWidth(model, job['beam']) == 0
    samples = read_wav(job['wav'])
    start, busy = time.perf_counter(), time.process_time()
    pointer = lib.DS_SpeechToText(model, samples.ctypes.data, len(samples))
    took, busy = time.perf_counter() - start, time.process_time() - busy
    return {'seconds': took, 'cpu': busy, 'open_ms': open_ms, 'peak_rss_mb': peak_rss_mb(),
            'chars': len(ctypes.string_at(pointer).decode())}


def stream(job: Job) -> Result:
    """Feed 20 ms at a time, back to back, to one stream, then to several streams at once."""
    lib, model, open_ms = open_model(job)
    samples = read_wav(job['wav'])
    pointer = samples.ctypes.data

    def one_stream(feeds: list[float]) -> None:
        state = ctypes.c_void_p()
        assert lib.DS_CreateStream(model, ctypes.byref(state)) == 0
        for at in range(0, len(samples), 320):
            size = min(320, len(samples) - at)
            start = time.perf_counter()
            lib.DS_FeedAudioContent(state, ctypes.c_void_p(pointer + 2 * at), size)
            feeds.append(1e3 * (time.perf_counter() - start))
        lib.DS_FreeString(ctypes.c_void_p(lib.DS_FinishStream(state)))

    one_stream([])  # warms up
    feeds: list[float] = []
    for _ in range(job['runs']):
        one_stream(feeds)
    p50, p99 = np.percentile(feeds, [50, 99])
    numbers = {'open_ms': open_ms, 'p50_ms': p50, 'p99_ms': p99, 'peak_rss_mb': peak_rss_mb()}
    for count in job['streams']:
        threads = [threading.Thread(target=one_stream, args=([],)) for _ in range(count)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numbers[f'streams_{count}'] = count * len(samples) / RATE / (time.perf_counter() - start)
    return numbers


def latency(job: Job) -> Result:
    """Measure seconds from the last sample of the last word to its text, in a real-time stream.

    The audio's clock is the number of samples fed; what computing takes is added to it.
    """
    lib, model, _ = open_model(job)
    waits = []
    for path in job['wavs']:
        speech = read_wav(path)
        loud = np.flatnonzero(np.abs(speech) > 0.03 * np.abs(speech).max())
        speech = speech[:loud[-1] + 1]  # ends with its last word
        samples = np.concatenate([speech, np.zeros(RATE, np.int16)])
        state = ctypes.c_void_p()
        lib.DS_CreateStream(model, ctypes.byref(state))
        last, seen = None, 0.0
        for at in range(0, len(samples), 320):
            start = time.perf_counter()
            piece = samples[at:at + 320]
            lib.DS_FeedAudioContent(state, piece.ctypes.data_as(ctypes.c_void_p), len(piece))
            pointer = lib.DS_IntermediateDecode(state)
            spent = time.perf_counter() - start
            text = ctypes.string_at(pointer).decode().rstrip()
            lib.DS_FreeString(ctypes.c_void_p(pointer))
            if text != last:
                last, seen = text, (at + len(piece)) / RATE + spent
        lib.DS_FreeString(ctypes.c_void_p(lib.DS_FinishStream(state)))
        waits.append(seen - len(speech) / RATE)
    return {'worst_s': max(waits), 'median_s': statistics.median(waits)}


def intermediate(job: Job) -> Result:
    """Time feeding one second of audio, and one intermediate text, in milliseconds.

    Both within the last second of job['wav'], when the stream is as long as that.
    """
    lib, model, _ = open_model(job)
    assert lib.DS_SetModelBeamWidth(model, job['beam']) == 0
    samples = read_wav(job['wav'])
    state = ctypes.c_void_p()
    assert lib.DS_CreateStream(model, ctypes.byref(state)) == 0
    lib.DS_FeedAudioContent(state, samples.ctypes.data_as(ctypes.c_void_p), len(samples) - RATE)
    fed, texts = 0.0, []
    for at in range(len(samples) - RATE, len(samples), 320):
        piece = samples[at:at + 320]
        start = time.perf_counter()
        lib.DS_FeedAudioContent(state, piece.ctypes.data_as(ctypes.c_void_p), len(piece))
        between = time.perf_counter()
        pointer = lib.DS_IntermediateDecode(state)
        texts.append(1e3 * (time.perf_counter() - between))
        fed += 1e3 * (between - start)
        chars = len(ctypes.string_at(pointer))
        lib.DS_FreeString(ctypes.c_void_p(pointer))
    lib.DS_FreeString(ctypes.c_void_p(lib.DS_FinishStream(state)))
    return {'feed_ms': fed, 'text_ms': statistics.median(texts), 'chars': chars}


if __name__ == '__main__':
    JOB = json.loads(sys.argv[1])
    print(json.dumps({'whole': whole, 'stream': stream, 'latency': latency,
                      'intermediate': intermediate}[JOB['kind']](JOB)))
