"""What TensorFlow's operations are done with: the parameters, and chance."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from util.data.augment.operations import FEATURES, SIGNAL, Operation
from util.data.augment.ranges import tf_pick_value_from_range
from util.features import WHITENED_BY, FeatureSettings


@dataclass(frozen=True)
class GraphScene:
    """An operation, and the utterance it is done on.

    Attributes:
        operation: with its parameters.
        features: what is computed from the audio.
        seed: int [2], of this operation on this utterance.
        clock: float64 scalar: how far the training is, 0 to 1.
        needed: int32 scalar, the steps that the transcript needs.
    """

    operation: Operation
    features: FeatureSettings
    seed: Any
    clock: Any
    needed: Any

    def pick(self, parameter: str, shape: Any = ()) -> Any:
        """Pick the value of a parameter, or several."""
        import tensorflow as tf
        number = sorted(self.operation.ranges).index(parameter)
        values = tf_pick_value_from_range(self.operation.ranges[parameter], self.clock,
                                          self.throw(100 + number), shape)
        low, high = self.operation.bounds(parameter)
        smallest, largest = values.dtype.min, values.dtype.max
        return tf.clip_by_value(values, values.dtype.as_numpy_dtype(max(low, smallest)),
                                values.dtype.as_numpy_dtype(min(high, largest)))

    def throw(self, number: int) -> Any:
        """Return the seed of one throw of the dice."""
        import tensorflow as tf
        return tf.random.fold_in(self.seed, number)

    @property
    def step_ms(self) -> float:
        """Milliseconds from one row to the next."""
        if self.operation.domain == SIGNAL:
            return 1000 / self.features.sample_rate
        return 1000 * self.features.step_secs

    @property
    def unit(self) -> float:
        """What a deviation of 1 is in the numbers of this domain; 2017 whitens its features."""
        whitened = self.operation.domain == FEATURES and self.features.kind == '2017'
        return 1 / WHITENED_BY if whitened else 1.0
