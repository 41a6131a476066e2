"""What an importer said and left."""

import csv
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import soundfile


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
        """Return the rows of all splits."""
        return {name: words for split, tally in self.report['splits'].items() if tally['clips']
                for name, words in self.rows(split).items()}

    def speakers(self) -> dict[str, str]:
        """WAV name without folder and suffix -> who speaks, of all splits."""
        found = {}
        for tally in self.report['splits'].values():
            if tally['clips']:
                with open(tally['csv'], encoding='utf-8', newline='') as f:
                    found.update((Path(row['wav_filename']).stem, row['speaker'])
                                 for row in csv.DictReader(f))
        return found

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
