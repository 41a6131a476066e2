"""DeepSpeech.py with a line for every step: STEP epoch position loss utterances seconds."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import DeepSpeech
from util import crew
from util.guard import guard

OPTIONS = DeepSpeech.flag.parse(['DeepSpeech.py', *sys.argv[1:]])
guard(OPTIONS, sys.argv)
plain_count = DeepSpeech.Trainer._count


def count(self, learnt, batch, rate):
    epoch = self.state.epoch
    plain_count(self, learnt, batch, rate)
    loss = float(learnt[2][0]) / float(learnt[2][1])
    index = ','.join(map(str, batch['index'].numpy().tolist()))
    print(f'STEP {epoch} {self.state.position} {loss:.6f} {index} {time.monotonic():.6f}',
          flush=True)


DeepSpeech.Trainer._count = count
crew.run(DeepSpeech.main, OPTIONS)
