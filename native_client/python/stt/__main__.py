"""`python -m stt` is the command `deepspeech`."""

import sys

from stt.client import main

if __name__ == '__main__':
    sys.exit(main())
