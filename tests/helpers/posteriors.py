"""Posteriors for tests and benchmarks of the decoder: of a real network, and made up."""

from __future__ import annotations

import glob
import os

import numpy as np

STEPS, CONTEXT, COEFFICIENTS = 16, 9, 26  # of the model in compat/


def recordings(shared_data: str) -> list[str]:
    """Return the 16 kHz recordings of the shared data, in a fixed order."""
    return sorted(glob.glob(os.path.join(shared_data, 'compat/audio/*.wav'))
                  + glob.glob(os.path.join(shared_data, 'long/wav16k/*.wav')))


def real(shared_data: str, paths: list[str]) -> dict[str, np.ndarray]:
    """Run TensorFlow on 0.9.3's frozen graph: float32 [time, 29] for each recording."""
    import wave

    import tensorflow as tf

    v1 = tf.compat.v1
    graph_def = v1.GraphDef()
    with open(os.path.join(shared_data, 'compat/model256.pb'), 'rb') as f:
        graph_def.ParseFromString(f.read())
    result = {}
    with tf.Graph().as_default() as graph, v1.Session() as session:
        tf.import_graph_def(graph_def, name='')
        hidden = graph.get_tensor_by_name('previous_state_c:0').shape[1]
        for path in paths:
            with wave.open(path) as w:
                assert (w.getframerate(), w.getnchannels()) == (16000, 1), path
                audio = np.frombuffer(w.readframes(w.getnframes()), np.int16) / 32768
            mfccs = []
            # Windows of 32 ms every 20 ms, then one that is filled up with zeros.
            for start in range(0, max(len(audio) - 512, -320) + 320 + 1, 320):
                window = np.zeros(512, np.float32)
                piece = audio[start:start + 512]
                window[:len(piece)] = piece
                mfccs.append(session.run('mfccs:0', {'input_samples:0': window}).reshape(-1))
            padded = np.pad(np.array(mfccs), ((CONTEXT, CONTEXT), (0, 0)))
            windows = np.stack([padded[i:i + 2 * CONTEXT + 1] for i in range(len(mfccs))])
            state = np.zeros((2, 1, hidden), np.float32)
            rows = []
            for start in range(0, len(windows), STEPS):
                batch = np.zeros((1, STEPS, 2 * CONTEXT + 1, COEFFICIENTS), np.float32)
                size = len(windows[start:start + STEPS])
                batch[0, :size] = windows[start:start + STEPS]
                probs, state[0], state[1] = session.run(
                    ['logits:0', 'new_state_c:0', 'new_state_h:0'],
                    {'input_node:0': batch, 'input_lengths:0': [size],
                     'previous_state_c:0': state[0], 'previous_state_h:0': state[1]})
                rows.append(probs.reshape(-1, probs.shape[-1])[:size])
            result[os.path.basename(path)] = np.concatenate(rows)
    return result


def softmax(logits: np.ndarray) -> np.ndarray:
    """Softmax over the last axis, in float64."""
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def blur(probs: np.ndarray, temperature: float, noise: float,
         rng: np.random.Generator) -> np.ndarray:
    """Return the same posteriors, less peaked: float64 [time, classes]."""
    logits = np.log(probs.astype(np.float64) + 1e-20) / temperature
    return softmax(logits + noise * rng.standard_normal(probs.shape))


def random(frames: int, classes: int, scale: float, blank: float,
           rng: np.random.Generator) -> np.ndarray:
    """Noise: softmax of normal logits times `scale`, with `blank` added to the blank's."""
    logits = scale * rng.standard_normal((frames, classes))
    logits[:, -1] += blank
    return softmax(logits)


def as_bytes(probs: np.ndarray, labels: list[str], rng: np.random.Generator) -> np.ndarray:
    """Posteriors over single-byte labels as posteriors over the 255 bytes: float64 [time, 256]."""
    wide = 1e-6 * rng.random((len(probs), 256))
    for i, label in enumerate(labels):
        wide[:, ord(label) - 1] += probs[:, i]
    wide[:, -1] += probs[:, -1]
    return wide / wide.sum(axis=1, keepdims=True)


def spelling(labels: list[int], classes: int, sure: float, rng: np.random.Generator) -> np.ndarray:
    """Posteriors that spell `labels` with a probability of about `sure` for each: float64."""
    path = []
    for label in labels:
        path += [label] * rng.integers(1, 4) + [classes - 1] * rng.integers(0, 3)
        if path[-1] == label:
            path.append(classes - 1)
    logits = rng.standard_normal((len(path), classes))
    logits[np.arange(len(path)), path] += np.log(sure / (1 - sure) * classes)
    return softmax(logits)
