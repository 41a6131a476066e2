"""The command `stt`, and the functions that programs imported from that of STT 1.4."""

import sys

from deepspeech.client import (
    convert_samplerate,
    main,
    metadata_json_output,
    metadata_to_string,
    words_from_candidate_transcript,
)

__all__ = ['convert_samplerate', 'main', 'metadata_json_output', 'metadata_to_string',
           'words_from_candidate_transcript']

if __name__ == '__main__':
    sys.exit(main())
