"""DeepSpeech.py for tests: it says what it does, counts, and can be held.

Prints a line for every step: STEP epoch position loss utterances seconds.
Environment variables ask for more:

DEEPSPEECH_TEST_COUNT  keep in each checkpoint, as `learnt`, how often a batch has changed weights
DEEPSPEECH_TEST_HOLD   after so many steps of the first attempt the chief prints HOLD (without
                       parameter servers it saves a checkpoint first) and waits for the file `go`
"""
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import DeepSpeech
from util.cluster import crew
from util.cluster.guard import guard
from util.cluster.members import ClusterSettings

OPTIONS = DeepSpeech.flag.parse(['DeepSpeech.py', *sys.argv[1:]])
guard(OPTIONS.record(ClusterSettings), sys.argv)
import tensorflow as tf

MOST_STEPS = 4096
plain_count = DeepSpeech.Trainer._count
first_attempt = 'DEEPSPEECH_ATTEMPT' not in os.environ
hold = int(os.environ.get('DEEPSPEECH_TEST_HOLD', 0)) if first_attempt else 0


def count(self, learnt, batch, rate):
    epoch = self.state.epoch
    interrupted = plain_count(self, learnt, batch, rate)
    loss = float(learnt[2][0]) / float(learnt[2][1])
    index = ','.join(map(str, batch['index'].numpy().tolist()))
    print(f'STEP {epoch} {self.state.position} {loss:.6f} {index} {time.monotonic():.6f}',
          flush=True)
    if self.state.step == hold and self.crew.chief:
        if self.crew.processes > 1:
            self._save()
            self.saver.wait()
        print('HOLD', flush=True)
        while not os.path.exists(os.path.join(os.environ['DEEPSPEECH_TEST_RUN'], 'go')):
            time.sleep(0.1)
    return interrupted


class CountingAdam(DeepSpeech.Adam):
    """Counts a batch before it changes any weight, so that one which did not finish counts too."""

    def __init__(self, *args):
        super().__init__(*args)
        self.learnt = tf.Variable(tf.zeros([MOST_STEPS]), trainable=False, name='learnt')
        self.slots['learnt'] = self.learnt

    def apply(self, gradients, rate, step):
        counted = tf.raw_ops.ResourceScatterAdd(resource=self.learnt.handle, indices=[step],
                                                updates=tf.constant([1.0]))
        with tf.control_dependencies([counted]):
            super().apply(gradients, rate, step)


DeepSpeech.Trainer._count = count
if 'DEEPSPEECH_TEST_COUNT' in os.environ:
    DeepSpeech.Adam = CountingAdam
crew.run_program(lambda: DeepSpeech.main(OPTIONS))
