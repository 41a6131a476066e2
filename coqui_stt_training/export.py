"""STT's export: DeepSpeech.py that only exports, whatever sets are named."""

import sys

from coqui_stt_training import run, with_exports

if __name__ == '__main__':
    sys.argv[1:] = with_exports(sys.argv[1:])
    run('DeepSpeech.py', ['--notrain', '--notest'])
