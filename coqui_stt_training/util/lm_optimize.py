"""STT's name of lm_optimizer.py: finds the language model's weight and word bonus."""

from coqui_stt_training import run

if __name__ == '__main__':
    run('lm_optimizer.py')
