"""Two devices, each in pieces, train as one does.

In a process of its own: logical devices come before all else.
"""
import subprocess
import sys
import textwrap

PROGRAM = textwrap.dedent('''
    import numpy as np
    import tensorflow as tf
    cpu = tf.config.list_physical_devices('CPU')[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    import DeepSpeech
    from util.cluster.crew import Crew
    from util.network.geometry import Geometry
    from util.settings import LearningSettings
    from tests.helpers.trainer import batch_of

    def losses_with(strategy, pieces=1):
        geometry = Geometry(n_hidden=16, n_labels=6)
        with strategy.scope():
            settings = LearningSettings({'h2': 0.2, 'h3': 0.2, 'h5': 0.2}, max_grad_norm=5.0,
                                        pieces=pieces, seed=1)
            model = DeepSpeech.Model(geometry, settings, Crew(strategy))
        result = []
        for step, lengths in enumerate(([20, 31, 25], [12, 12, 12, 12], [9], [20, 31, 25])):
            losses, norm, tally = model.learn(batch_of(lengths), step, 0.01, 0.0)
            n = len(lengths)
            np.testing.assert_allclose(tally, [sum(losses.numpy()), n, n, 0], rtol=1e-5)
            result.append([*losses.numpy(), norm.numpy()])
        return result

    one = losses_with(tf.distribute.get_strategy())
    two = losses_with(tf.distribute.MirroredStrategy(['CPU:0', 'CPU:1']), pieces=2)
    for a, b in zip(one, two):
        np.testing.assert_allclose(a, b, rtol=1e-4)
    assert one[0] != one[3]
    print('equal')
''')


def test_two_devices_give_the_losses_of_one():
    result = subprocess.run([sys.executable, '-c', PROGRAM], capture_output=True, text=True,
                            check=False, timeout=300)
    assert result.stdout.endswith('equal\n'), result.stdout + result.stderr
