"""STT's name of transcribe.py: transcribes long recordings with a checkpoint."""

from coqui_stt_training import run

if __name__ == '__main__':
    run('transcribe.py')
