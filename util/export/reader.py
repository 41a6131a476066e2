"""An exported `output_graph.pb`, run by TensorFlow: for lm_optimizer.py, and for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from util.errors import UserError
from util.export.graph_def import read_graph
from util.features import FeatureSettings, compute_features, stream_padding


class ExportedModel:
    """A frozen graph with its metadata; also reads those of 0.9.3.

    Attributes:
        metadata: name without `metadata_` -> int, float or bytes.
        settings: FeatureSettings of the model.
        bidirectional: whether the network sees whole utterances only.
    """

    def __init__(self, path: str) -> None:
        """Load the graph of this file."""
        import tensorflow as tf

        definition = read_graph(path)
        nodes = {node.name: node for node in definition.node}
        for name in ('input_node', 'input_lengths', 'logits', 'metadata_version'):
            if name not in nodes:
                raise UserError(f"model '{path}' has no node '{name}': pass an exported .pb file")
        self.metadata: dict[str, Any] = {
            name.removeprefix('metadata_'): tf.make_ndarray(node.attr['value'].tensor).flat[0]
            for name, node in nodes.items()
            if name.startswith('metadata_')
        }
        _, steps, width, n_input = (d.size for d in nodes['input_node'].attr['shape'].shape.dim)
        self.settings = FeatureSettings(
            self.metadata.get('feature_type', b'0.9.3').decode(),
            int(self.metadata['sample_rate']),
            int(self.metadata['feature_win_len']),
            int(self.metadata['feature_win_step']),
            n_input,
            width // 2,
        )
        self.bidirectional = 'previous_state_c' not in nodes
        self._steps = steps
        self._n_hidden = (
            0 if self.bidirectional else nodes['previous_state_c'].attr['shape'].shape.dim[1].size
        )
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(definition, name='')
        self._session = tf.compat.v1.Session(graph=graph)

    def features(self, samples: np.ndarray) -> np.ndarray:
        """Compute the frames as the native client does: float32 [time + 2 n_context, n_input].

        Like a stream, an utterance of 0.9.3 features is followed by zeros that fill one more frame.
        """
        samples = np.pad(samples, [0, stream_padding(len(samples), self.settings)])
        return compute_features(samples, self.settings).numpy()

    def probabilities(self, samples: np.ndarray) -> np.ndarray:
        """Run features and network on int16 samples: float32 [time, labels + 1]."""
        return self.infer(self.features(samples))

    def infer(self, features: np.ndarray, raw: bool = False) -> np.ndarray:
        """Run the network on frames with their context.

        Args:
            features: float32 [time + 2 * n_context, n_input].
            raw: return what goes into the softmax, not what comes out.

        Returns:
            float32 [time, labels + 1].
        """
        output = 'raw_logits:0' if raw else 'logits:0'
        width = 2 * self.settings.n_context + 1
        if len(features) < width:
            classes = self._session.graph.get_tensor_by_name(output).shape[-1]
            return np.zeros([0, classes], np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(features, width, 0).transpose(0, 2, 1)
        if self.bidirectional:
            return self._run(windows, [output], {})[0][:, 0]
        rows = []
        state = {f'previous_state_{x}:0': np.zeros([1, self._n_hidden], np.float32) for x in 'ch'}
        for start in range(0, len(windows), self._steps):
            chunk = windows[start : start + self._steps]
            padded = np.pad(chunk, [(0, self._steps - len(chunk)), (0, 0), (0, 0)])
            outputs = [output, 'new_state_c:0', 'new_state_h:0']
            probs, *new = self._run(padded, outputs, state, len(chunk))
            state = dict(zip(state, new))
            rows.append(probs.reshape(self._steps, -1)[: len(chunk)])
        return np.concatenate(rows)

    def _run(
        self, windows: np.ndarray, outputs: list[str], state: dict, length: int | None = None
    ) -> list[np.ndarray]:
        feed = {'input_node:0': windows[np.newaxis], **state}
        feed['input_lengths:0'] = [len(windows) if length is None else length]
        return self._session.run(outputs, feed)
