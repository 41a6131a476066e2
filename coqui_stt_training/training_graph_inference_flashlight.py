"""The same with STT's flashlight decoder, in whose place ours is: it knows the scorer's words."""

from coqui_stt_training import run

if __name__ == '__main__':
    run('DeepSpeech.py', ['--notrain', '--notest'])
