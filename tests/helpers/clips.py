"""Files for made-up corpora."""

import zlib
from pathlib import Path

import numpy as np
import soundfile

SUBTYPES = {'.wav': 'PCM_16', '.flac': 'PCM_16', '.sph': 'PCM_16', '.mp3': None, '.ogg': None}
FORMATS = {'.sph': 'NIST', '.wv1': 'NIST'}


def noise(path: Path, secs: float = 0.5, rate: int = 16000, channels: int = 1,
          subtype: str | None = None) -> Path:
    """Write a clip of noise; the channels differ in level (channel 0 is the loudest)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(zlib.crc32(path.name.encode()))
    samples = rng.uniform(-0.4, 0.4, (round(secs * rate), channels)) / 4 ** np.arange(channels)
    soundfile.write(path, samples, rate, subtype or SUBTYPES.get(path.suffix),
                    format=FORMATS.get(path.suffix))
    return path


def broken(path: Path) -> Path:
    """Write a file that is no audio."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'<html>404 not found</html>' * 9)
    return path


def text(path: Path, content: str) -> Path:
    """Write a UTF-8 text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding='utf-8')
    return path
