"""STT's name of evaluate_export.py: tests an export with the native client."""

from coqui_stt_training import run

if __name__ == '__main__':
    run('evaluate_export.py')
