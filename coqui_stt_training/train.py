"""STT's training: DeepSpeech.py, which also tests and exports where flags ask for it."""

import sys

from coqui_stt_training import run, with_exports

if __name__ == '__main__':
    sys.argv[1:] = with_exports(sys.argv[1:])
    run('DeepSpeech.py')
