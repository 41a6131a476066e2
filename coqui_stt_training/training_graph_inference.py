"""STT's transcription of one recording with a checkpoint: DeepSpeech.py --one_shot_infer."""

from coqui_stt_training import run

if __name__ == '__main__':
    run('DeepSpeech.py', ['--notrain', '--notest'])
