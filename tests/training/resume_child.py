"""Run DeepSpeech.py and kill itself with SIGKILL; the test of exact resume starts it.

    resume_child.py DIE_AFTER_STEPS DELAY_SECS DIE_IN_SAVE ARGUMENT...

Saves after every third step. DIE_AFTER_STEPS 0 lives to the end; DIE_IN_SAVE 1 holds the first
save after that step open, between writing and renaming, and dies there.
"""
import os
import pathlib
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import DeepSpeech
from util import errors
from util.training import checkpoints


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    die_after, delay, in_save = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == '1'
    steps = 0
    plain_init = checkpoints.Saver.__init__
    plain_count = DeepSpeech.Trainer._count

    def counted(self, *arguments):
        nonlocal steps
        interrupted = plain_count(self, *arguments)
        steps += 1
        with open('order.txt', 'a', encoding='utf-8') as file:
            file.write(f"{self.state.step} {arguments[1]['index'].numpy().tolist()}\n")
        if die_after and steps == die_after and not in_save:
            threading.Timer(delay, die).start()
        return interrupted

    def init(self, folder, max_to_keep):
        plain_init(self, folder, max_to_keep,
                   before_rename=lambda: die() if die_after and in_save and steps >= die_after
                   else None)

    DeepSpeech.Trainer._count = counted
    checkpoints.Saver.__init__ = init
    checkpoints.Timer.due = lambda self: steps % 3 == 0
    errors.run(DeepSpeech.main, DeepSpeech.flag.parse(['DeepSpeech.py', *sys.argv[4:]]))


main()
