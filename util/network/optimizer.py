"""Adam (arXiv 1412.6980) on plain variables.

The slots are named after their variable and are saved under that name, so a checkpoint does not
depend on the order in which variables were made, as a Keras optimizer's does.
"""
from dataclasses import dataclass

import tensorflow as tf


@dataclass(frozen=True)
class AdamSettings:
    """The constants of Adam; the learning rate is given with every step."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


class Adam:
    """theta <- theta - rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon).

    Args:
        weights: name -> variable.
        settings: the constants.
    """

    def __init__(self, weights: dict[str, tf.Variable], settings: AdamSettings):
        self._settings = settings
        self._weights = weights
        self.slots = {}
        for name, weight in weights.items():
            # Beside their weight: with several parameter servers the next one would get them
            with tf.distribute.get_strategy().extended.colocate_vars_with(weight):
                for slot in ('adam_m', 'adam_v'):
                    self.slots[f'{name}/{slot}'] = tf.Variable(
                        tf.zeros(weight.shape), trainable=False, name=f'{name}/{slot}')

    def apply(self, gradients: dict[str, tf.Tensor], rate: tf.Tensor, step: tf.Tensor) -> None:
        """Update every weight; call it where the weights may be assigned (the replica context).

        Args:
            gradients: name -> gradient of that weight, already summed over the replicas.
            rate: float scalar, the learning rate.
            step: int scalar, updates made before this one.
        """
        settings = self._settings
        count = tf.cast(step, tf.float64) + 1
        beta1_power = tf.cast(tf.pow(tf.constant(settings.beta1, tf.float64), count), tf.float32)
        beta2_power = tf.cast(tf.pow(tf.constant(settings.beta2, tf.float64), count), tf.float32)
        for name, weight in self._weights.items():
            tf.raw_ops.ResourceApplyAdam(
                var=weight.handle, m=self.slots[name + '/adam_m'].handle,
                v=self.slots[name + '/adam_v'].handle, beta1_power=beta1_power,
                beta2_power=beta2_power, lr=rate, beta1=settings.beta1, beta2=settings.beta2,
                epsilon=settings.epsilon, grad=gradients[name])
