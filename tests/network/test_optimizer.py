"""Adam against its formula."""
import numpy as np
import tensorflow as tf

from util.network.optimizer import Adam, AdamSettings


def test_follows_the_formula():
    settings = AdamSettings(beta1=0.8, beta2=0.95, epsilon=1e-3)
    weight = tf.Variable([1.0, -2.0])
    adam = Adam({'w': weight}, settings)
    x, m, v = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for step, gradient in enumerate(([0.5, 1.0], [-1.0, 0.1], [2.0, 0.0])):
        adam.apply({'w': tf.constant(gradient)}, 0.1, step)
        g = np.array(gradient)
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g * g
        rate = 0.1 * np.sqrt(1 - 0.95 ** (step + 1)) / (1 - 0.8 ** (step + 1))
        x = x - rate * m / (np.sqrt(v) + 1e-3)
        np.testing.assert_allclose(weight, x, rtol=1e-5)
    assert sorted(adam.slots) == ['w/adam_m', 'w/adam_v']
