"""A server for speech recognition: one model, several doors. `deepspeech-server --help` tells."""
