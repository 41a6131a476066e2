"""Recordings read in C++, as the command does, and in Python, as training does."""

import io
import json
import os
import re
import subprocess

import numpy as np

from util.audio import reading

RATE = 16000


def in_python(path, rate=RATE):
    try:
        samples, notes = reading.read_with_notes(str(path), rate)
    except reading.AudioError:
        return None, []
    return samples, [n for n in notes if n not in (reading.CONVERTED, reading.RESAMPLED,
                                                   reading.MIXED_DOWN)]


# What libmpg123 says of bits that are wrong within a frame; of all else it must not find anything.
WITHIN = re.compile(r'\[src/libmpg123/layer\d\.c.*\n')


def in_cpp(probe, paths, tmp_path, rate=RATE):
    """Return (samples or None, notes) of each, read in one run that says nothing by itself."""
    out = tmp_path / 'samples.raw'
    done = subprocess.run([probe, str(rate), *paths], capture_output=True, text=True,
                          env={**os.environ, 'AUDIO_PROBE_OUT': str(out)}, timeout=600)
    assert done.returncode == 0 and WITHIN.sub('', done.stderr) == '', done.stderr
    stream = io.BytesIO(out.read_bytes())
    for line in done.stdout.splitlines():
        said = json.loads(line)
        if 'error' in said:
            yield None, []
        else:
            notes = [n for n in said['notes']
                     if not n.startswith('is resampled') and 'mixed down' not in n]
            yield np.frombuffer(stream.read(2 * said['samples']), '<i2'), notes
