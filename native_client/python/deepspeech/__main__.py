"""`python -m deepspeech` is the command `deepspeech`."""

import sys

from deepspeech.client import main

if __name__ == '__main__':
    sys.exit(main())
