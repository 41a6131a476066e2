"""Made-up corpora: noise clips, and a runner that compares what an importer wrote."""

import csv
import importlib.util
import json
import os
import sys
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

BIN = Path(__file__).resolve().parents[2] / 'bin'
SUBTYPES = {'.wav': 'PCM_16', '.flac': 'PCM_16', '.sph': 'PCM_16', '.mp3': None, '.ogg': None}
FORMATS = {'.sph': 'NIST', '.wv1': 'NIST'}


def noise(path: Path, secs: float = 0.5, rate: int = 16000, channels: int = 1,
          subtype: str | None = None) -> Path:
    """Writes a clip of noise; the channels differ in level (channel 0 is the loudest)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(zlib.crc32(path.name.encode()))
    samples = rng.uniform(-0.4, 0.4, (round(secs * rate), channels)) / 4 ** np.arange(channels)
    soundfile.write(path, samples, rate, subtype or SUBTYPES.get(path.suffix),
                    format=FORMATS.get(path.suffix))
    return path


def broken(path: Path) -> Path:
    """Writes a file that is no audio."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'<html>404 not found</html>' * 9)
    return path


def text(path: Path, content: str) -> Path:
    """Writes a UTF-8 text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding='utf-8')
    return path


@dataclass
class Result:
    """What one run of an importer said and left."""

    status: int
    report: dict
    stderr: str

    def dropped(self, split: str) -> dict[str, int]:
        """Reason -> clips."""
        return {k: v['clips'] for k, v in self.report['splits'][split]['dropped'].items()}

    def all_dropped(self) -> dict[str, int]:
        """Reason -> clips, of all splits: for corpora that are split by a hash."""
        total: Counter[str] = Counter()
        for split in self.report['splits']:
            total.update(self.dropped(split))
        return dict(total)

    def everything(self) -> dict[str, str]:
        """The rows of all splits."""
        return {name: words for split, tally in self.report['splits'].items() if tally['clips']
                for name, words in self.rows(split).items()}

    def rows(self, split: str) -> dict[str, str]:
        """WAV name without folder and suffix -> transcript, after checking every WAV."""
        path = Path(self.report['splits'][split]['csv'])
        with open(path, encoding='utf-8', newline='') as f:
            rows = list(csv.DictReader(f))
        for row in rows:
            wav = path.parent / row['wav_filename']
            info = soundfile.info(wav)
            assert (info.samplerate, info.channels, info.subtype) == (16000, 1, 'PCM_16'), wav
            assert int(row['wav_filesize']) == os.path.getsize(wav)
        return {Path(row['wav_filename']).stem: row['transcript'] for row in rows}


@pytest.fixture
def run(monkeypatch, capsys):
    """run("an4", folder, "--limit", 3): the importer in this process, its report parsed."""

    def run_importer(name: str, folder: Path, *args: object, status: int = 0) -> Result:
        path = BIN / f'import_{name}.py'
        argv = [str(path), str(folder), '--json', '--jobs', '1', *map(str, args)]
        monkeypatch.setattr(sys, 'argv', argv)
        spec = importlib.util.spec_from_file_location('page', path)
        page = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(page)
        corpus = page.CORPUS if hasattr(page, 'CORPUS') else page.corpus
        with pytest.raises(SystemExit) as stop:
            page.main(corpus, page.__doc__, getattr(page, 'add_arguments', lambda parser: None))
        out, err = capsys.readouterr()
        assert (stop.value.code or 0) == status, err
        return Result(status, json.loads(out) if out.strip() else {}, err)

    return run_importer
