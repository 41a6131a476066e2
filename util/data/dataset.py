"""From a list of utterances to padded batches, as a `tf.data.Dataset`.

    utterances = read_utterances(['train.csv'])
    plan = BatchPlan(steps, batch_size=16, seed=1)
    cache = FeatureCache(settings)
    for epoch in range(3):
        for batch in batches(utterances, plan.plan(epoch), alphabet, settings, cache=cache):
            ...  # batch['features'], ['lengths'], ['labels'], ['index'], ['position']

A batch is made in three moves: look up what is cached and read the audio of the rest; compute
features in TensorFlow operations; put all into one padded array. Where memory holds everything,
the second move is not even in the graph. Augmentation changes samples in the first move, what lies
between them and the features in the second, and the features in a fourth.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from util import log
from util.audio.reading import NOT_FINITE, AudioError, read_with_notes
from util.data.augment.augmenter import Epoch
from util.data.augment.operations import SAMPLE
from util.data.feature_cache import FeatureCache
from util.data.manifest import Utterance
from util.features import FeatureSettings, compute_features
from util.text.alphabet import Alphabet
from util.text.transcripts import ctc_steps

if TYPE_CHECKING:
    import tensorflow as tf

PREFETCH = 2  # batches ready before they are asked for
PARALLEL = max(2, min(8, os.cpu_count() or 2))  # batches in the making
UNREADABLE = -1  # instead of a number of frames: leave the utterance out
TO_COMPUTE = -2  # ... the features are not known yet


def batches(utterances: Sequence[Utterance], plan: Sequence[np.ndarray], alphabet: Alphabet,
            settings: FeatureSettings, start: int = 0,
            cache: FeatureCache | None = None, augmented: Epoch | None = None,
            keeping: bool = False) -> tf.data.Dataset:
    """Return the batches of an epoch, always in the order of the plan.

    Utterances whose audio can no longer be read are named and left out, and so is a batch that
    has no other.

    Args:
        utterances: the set; all can be encoded with the alphabet (`util.data.check` sees to it).
        plan: one array of indices into `utterances` per batch: the arrays of `BatchPlan.plan`,
            or this process' share of them.
        alphabet: for the labels.
        settings: of the features.
        start: number of batches to skip at the head of the plan (a resumed epoch).
        cache: keeps features from epoch to epoch; None: compute them each time.
        augmented: what happens to the utterances in this epoch; None: nothing.
        keeping: whether the cache keeps what was changed, too.

    Returns:
        Dictionaries with
            features: float32 [batch, longest + 2 * n_context, n_input], padded with zeros.
            lengths: int32 [batch], time steps of each utterance, without context.
            labels: int32 sparse [batch, longest transcript].
            index: int32 [batch], the place of each in `utterances`.
            position: int64 scalar, the place of the batch in the plan.
    """
    import tensorflow as tf

    cache = cache or FeatureCache(settings, memory_limit=0)
    source = _Source(utterances, alphabet, settings, cache, augmented, keeping)
    rest = list(plan[start:])
    if not rest:
        raise ValueError(f'no batch is left: the plan has {len(plan)}, {start} are skipped')
    flat = np.concatenate(rest).astype(np.int32)
    indices = tf.RaggedTensor.from_row_lengths(flat, [len(batch) for batch in rest])
    in_memory = all(source.in_memory(i) for i in flat.tolist())
    numbered = tf.data.Dataset.from_tensor_slices(
        (np.arange(start, start + len(rest), dtype=np.int64), indices))
    made = (numbered
            .map(source.ready_batch if in_memory else source.batch,
                 num_parallel_calls=PARALLEL, deterministic=True)
            .filter(lambda batch: tf.size(batch['index']) > 0))
    if augmented and augmented.on_features:
        made = made.map(source.change_features, num_parallel_calls=PARALLEL, deterministic=True)
    return _untuned(made.prefetch(PREFETCH))


def _untuned(dataset: Any) -> Any:
    """Return a dataset whose iterators end without a wait.

    All that TensorFlow could tune is set. The thread that would tune it sleeps for 10 ms, 20, 40 to
    60 s, and can miss that it is no longer wanted (TensorFlow 2.21): who drops the iterator then
    waits until it wakes up, for up to as long as the epoch took.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def lone_batch(features: Any, n_context: int, index: int = 0, position: int = 0) -> dict[str, Any]:
    """Make the batch of one utterance with unknown transcript: its label is a placeholder.

    Args:
        features: float32 [time + 2 * n_context, n_input].
        n_context: frames of context on either side.
        index: place of the utterance in its set; -1: it only fills up.
        position: place of the batch in the plan.
    """
    import tensorflow as tf

    return {'features': tf.convert_to_tensor(features)[tf.newaxis],
            'lengths': tf.constant([features.shape[0] - 2 * n_context], tf.int32),
            'labels': tf.SparseTensor([[0, 0]], tf.constant([0], tf.int32), [1, 1]),
            'index': tf.constant([index], tf.int32),
            'position': tf.constant(position, tf.int64)}


class _Source:
    """Makes the batches of one set; its numpy functions run inside the dataset's graph."""

    def __init__(self, utterances: Sequence[Utterance], alphabet: Alphabet,
                 settings: FeatureSettings, cache: FeatureCache, augmented: Epoch | None,
                 keeping: bool) -> None:
        self.utterances = utterances
        self.alphabet = alphabet
        self.settings = settings
        self.cache = cache
        self.augmented = augmented
        self.keeping = keeping

    def variant(self, i: int) -> str:
        """Name what augmentation makes of an utterance; '' if it is as in the corpus."""
        return self.augmented.variant(i) if self.augmented else ''

    def in_memory(self, i: int) -> bool:
        """Tell whether an utterance's features need not be computed."""
        return self.cache.in_memory(self.utterances[i].wav, self.variant(i))

    def batch(self, position: tf.Tensor, index: tf.Tensor) -> dict[str, Any]:
        """Build the graph that makes one batch of the utterances int32 `index` [batch]."""
        import tensorflow as tf

        known, n_frames, samples, n_samples = tf.numpy_function(
            self.look_up, [index], [tf.float32, tf.int32, tf.int16, tf.int32])
        unknown = tf.where(tf.ensure_shape(n_frames, [None]) == TO_COMPUTE)[:, 0]
        fresh, n_fresh = self._compute(tf, tf.gather(index, unknown), samples,
                                       tf.ensure_shape(n_samples, [None]))
        return self._record(tf, position, tf.numpy_function(
            self.assemble, [index, known, n_frames, fresh, n_fresh], self._types(tf)))

    def ready_batch(self, position: tf.Tensor, index: tf.Tensor) -> dict[str, Any]:
        """Build the same graph for features that are all in memory."""
        import tensorflow as tf

        def from_memory(index: np.ndarray) -> tuple[np.ndarray, ...]:
            rows = [self.cache.find(self.utterances[i].wav, self.variant(i))
                    for i in index.tolist()]
            return self._pad(index, [row for row in rows if row is not None])

        return self._record(tf, position, tf.numpy_function(
            from_memory, [index], self._types(tf)))

    def _types(self, tf: Any) -> list[Any]:
        return [tf.float32, tf.int32, tf.int64, tf.int32, tf.int64, tf.int32]

    def _record(self, tf: Any, position: Any, parts: Any) -> dict[str, Any]:
        """Give the arrays of `_pad` their names and ranks."""
        features, lengths, places, labels, shape, index = parts
        return {
            'features': tf.ensure_shape(features, [None, None, self.settings.n_input]),
            'lengths': tf.ensure_shape(lengths, [None]),
            'labels': tf.SparseTensor(tf.ensure_shape(places, [None, 2]),
                                      tf.ensure_shape(labels, [None]),
                                      tf.ensure_shape(shape, [2])),
            'index': tf.ensure_shape(index, [None]),
            'position': position,
        }

    def look_up(self, index: np.ndarray) -> tuple[np.ndarray, ...]:
        """Look up the cached features of a batch, and read the audio of the others.

        Returns:
            (cached features, joined; per utterance of the batch its number of frames, TO_COMPUTE
            or UNREADABLE; int16 samples of the utterances to compute, joined; the number of
            samples of each of these).
        """
        known, samples = [np.zeros((0, self.settings.n_input), np.float32)], [np.zeros(0, np.int16)]
        n_frames = np.zeros(len(index), np.int32)
        for row, i in enumerate(index.tolist()):
            features = self.cache.find(self.utterances[i].wav, self.variant(i))
            n_frames[row] = TO_COMPUTE if features is None else len(features)
            if features is not None:
                known.append(features)
        unknown = np.flatnonzero(n_frames == TO_COMPUTE)
        for row, audio in zip(unknown.tolist(), self._hear(index[unknown].tolist())):
            if audio is None:
                n_frames[row] = UNREADABLE
            else:
                samples.append(audio)
        n_samples = np.array([len(s) for s in samples[1:]], np.int32)
        return np.concatenate(known), n_frames, np.concatenate(samples), n_samples

    def _hear(self, index: list[int]) -> list[np.ndarray | None]:
        """Read the samples of utterances, augmented where they are to be; None: unreadable."""
        heard = {}
        if self.augmented:
            heard = self.augmented.hear({i: self.utterances[i].wav for i in index
                                         if self.augmented.changes(i, SAMPLE)})
        result: list[np.ndarray | None] = []
        for i in index:
            try:
                if i not in heard:
                    samples, notes = read_with_notes(self.utterances[i].wav,
                                                     self.settings.sample_rate)
                elif (error := heard[i].error) is not None:
                    raise error
                else:
                    samples, notes = heard[i].samples, heard[i].notes
            except AudioError as e:
                self._complain(self.utterances[i], e)
                result.append(None)
                continue
            self._mention(self.utterances[i], notes)
            result.append(samples)
        return result

    def _complain(self, utterance: Utterance, error: AudioError) -> None:
        """Say once that a file broke after the check."""
        if utterance.wav not in self.cache.unreadable:
            self.cache.unreadable.add(utterance.wav)
            log.warn(utterance.say(f'{error}; left out ({len(self.cache.unreadable)} so far)'))

    def _mention(self, utterance: Utterance, notes: list[str]) -> None:
        """Say once what is odd about a file."""
        if NOT_FINITE in notes and utterance.wav not in self.cache.not_finite:
            self.cache.not_finite.add(utterance.wav)
            log.warn(utterance.say(f'{utterance.wav} {NOT_FINITE}'))

    def assemble(self, index: np.ndarray, known: np.ndarray, n_frames: np.ndarray,
                 fresh: np.ndarray, n_fresh: np.ndarray) -> tuple[np.ndarray, ...]:
        """Assemble the batch from cached and freshly computed features; remember the latter."""
        rows, next_known, next_fresh = [], 0, 0
        fresh_sizes = iter(n_fresh)
        for i, frames in zip(index.tolist(), n_frames):
            if frames == UNREADABLE:
                continue
            if frames == TO_COMPUTE:
                frames = next(fresh_sizes)
                features = fresh[next_fresh:next_fresh + frames]
                next_fresh += frames
                if self.keeping or not self.variant(i):
                    self.cache.add(self.utterances[i].wav, features, self.variant(i))
            else:
                features = known[next_known:next_known + frames]
                next_known += frames
            rows.append(features)
        return self._pad(index[n_frames != UNREADABLE], rows)

    def _pad(self, index: np.ndarray, rows: list[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Return one array for all rows, their lengths, and the labels as a sparse matrix."""
        sizes = np.array([len(features) for features in rows], np.int32)
        padded = np.zeros((len(rows), max(sizes, default=0), self.settings.n_input), np.float32)
        for row, features in zip(padded, rows):
            row[:len(features)] = features
        lengths = sizes - np.int32(2 * self.settings.n_context)
        return padded, lengths, *self._labels(index), index

    def _labels(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the transcripts as a sparse matrix [batch, longest]: places, values, shape."""
        texts = [self.alphabet.encode(self.utterances[i].transcript) for i in index]
        sizes = np.array([len(text) for text in texts], np.int64)
        row = np.repeat(np.arange(len(texts)), sizes)
        column = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        values = np.array([label for text in texts for label in text], np.int32)
        return (np.stack([row, column], axis=1), values,
                np.array([len(texts), max(sizes, default=0)], np.int64))

    def _compute(self, tf: Any, index: Any, samples: Any, n_samples: Any) -> tuple[Any, Any]:
        """Compute the features of the utterances `index` [n], whose samples are joined.

        Returns:
            (joined features, float32 [sum, n_input]; frames of each utterance, int32 [n]).
        """
        ends = tf.cumsum(n_samples)
        starts = ends - n_samples
        if self.augmented and self.augmented.in_graph:
            features = self.augmented.graph.features
            hits, seeds, clocks = self._chance(tf, index)
            needed = tf.ensure_shape(tf.numpy_function(self._needed, [index], tf.int32), [None])

            def compute(samples: Any, i: Any) -> Any:
                return features(samples, hits[i], seeds[i], clocks[i], needed[i])
        else:
            def compute(samples: Any, i: Any) -> Any:
                return compute_features(samples, self.settings)

        return _joined(tf, lambda i: compute(samples[starts[i]:ends[i]], i), tf.size(n_samples),
                       self.settings.n_input)

    def _chance(self, tf: Any, index: Any) -> tuple[Any, Any, Any]:
        """Return the draws of utterances: see `util.data.augment.augmenter.Epoch.chance`."""
        assert self.augmented
        hits, seeds, clocks = tf.numpy_function(self.augmented.chance, [index],
                                                [tf.bool, tf.int64, tf.float64])
        return (tf.ensure_shape(hits, [None, None]), tf.ensure_shape(seeds, [None, 2]),
                tf.ensure_shape(clocks, [None]))

    def _needed(self, index: np.ndarray) -> np.ndarray:
        """Return the time steps that transcripts need."""
        return np.array([ctc_steps(self.alphabet.encode(self.utterances[i].transcript))
                         for i in index], np.int32)

    def change_features(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Build the graph of the operations on the features of a batch."""
        import tensorflow as tf
        assert self.augmented
        change, context = self.augmented.graph.change_features, self.settings.n_context
        hits, seeds, clocks = self._chance(tf, batch['index'])
        features, lengths = batch['features'], batch['lengths']
        rows = tf.shape(features)[1]

        def changed(i: Any) -> Any:
            """Change a row between its contexts."""
            end = context + lengths[i]
            frames = change(features[i, context:end], hits[i], seeds[i], clocks[i])
            return tf.concat([features[i, :context], frames, features[i, end:]], 0)

        joined, _ = _joined(tf, changed, tf.size(lengths), self.settings.n_input)
        return {**batch, 'features': tf.reshape(joined, [-1, rows, self.settings.n_input])}


def _joined(tf: Any, compute: Callable[[Any], Any], n: Any, n_input: int) -> tuple[Any, Any]:
    """Join `compute(i)`, float32 [frames, n_input], of i from 0 to n - 1.

    Returns:
        (all, float32 [sum, n_input]; frames of each, int32 [n]).
    """
    def one(i: Any, features: Any, sizes: Any) -> tuple[Any, Any, Any]:
        frames = compute(i)
        return i + 1, features.write(i, frames), sizes.write(i, tf.shape(frames)[0])

    features = tf.TensorArray(tf.float32, size=n, infer_shape=False,
                              element_shape=[None, n_input])
    sizes = tf.TensorArray(tf.int32, size=n, element_shape=[])
    _, features, sizes = tf.while_loop(lambda i, *_: i < n, one, (0, features, sizes))
    return features.concat(), sizes.stack()
