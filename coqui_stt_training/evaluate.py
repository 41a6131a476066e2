"""STT's name of evaluate.py: tests a checkpoint on each set."""

from coqui_stt_training import run

if __name__ == '__main__':
    run('evaluate.py')
