"""Corpora that synthesizers speak: bin/make_spelled.py and what it shares with bin/make_demo.py."""

import csv
import random

import numpy as np
import pytest

from tests.helpers.need import need_program
from tests.helpers.places import BIN
from tests.helpers.scripts import load, tool
from util.audio.reading import audio_info, read_audio
from util.corpora.spoken import Utterance, Voice, record_all, trimmed

PROGRAMS = 'espeak-ng', 'flite'
make_spelled = load(BIN / 'make_spelled.py')


def test_silence_is_cut_down_to_60_ms():
    speech = np.sin(np.arange(8000) * 0.3)
    for before, after in ((0, 0), (100, 5000), (16000, 300), (960, 960)):
        padded = np.concatenate([np.zeros(before), speech, np.zeros(after)]).astype(np.float32)
        found = len(trimmed(padded))
        assert abs(found - (8000 + min(before, 960) + min(after, 960))) < 20, (before, after)


@pytest.mark.parametrize('suffix', ['.wav', '.opus'])
def test_voices_speak_into_files(tmp_path, suffix):
    need_program(*PROGRAMS)
    said = [Utterance(tmp_path / f'{number}{suffix}', Voice(*voice), 'b', 'bee bee bee', speed, 1,
                      0.5)
            for number, (voice, speed) in enumerate(
                (voice, speed) for voice in (('espeak-ng', 'en-us+m3'), ('flite', 'slt'))
                for speed in (0.8, 1.25))]
    seconds = record_all(said, tmp_path / 'all.csv')
    lengths = []
    for utterance in said:
        frames, rate, channels = audio_info(str(utterance.path))
        assert (rate, channels) == (16000, 1)
        lengths.append(frames / rate)
        if suffix == '.wav':
            assert abs(np.abs(read_audio(str(utterance.path)).astype(int)).max() - 16384) < 3
    assert lengths[0] > lengths[1] and lengths[2] > lengths[3]  # the slower, the longer
    assert seconds == pytest.approx(sum(lengths), abs=0.05)
    with open(tmp_path / 'all.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['wav_filename'] for row in rows] == [utterance.path.name for utterance in said]
    assert [int(row['wav_filesize']) for row in rows] == [
        utterance.path.stat().st_size for utterance in said]


def test_what_is_spelled():
    """Every kind is drawn, in words that the alphabet can write, and the text says the same."""
    rng, words = random.Random(1), set()
    for _ in range(3000):
        transcript, said = make_spelled.text(rng)
        assert said.replace(',', '').replace('ay', 'a') == transcript.replace('may', 'ma')
        assert set(transcript) <= set("abcdefghijklmnopqrstuvwxyz ") and '  ' not in transcript
        words |= set(transcript.split())
    known = {*make_spelled.DIGITS, 'oh', *make_spelled.TEENS, *make_spelled.TENS,
             *make_spelled.MONTHS, *make_spelled.DAYS, *make_spelled.COMMANDS,
             *'abcdefghijklmnopqrstuvwxyz', 'hundred', 'thousand'}
    assert words == known


def test_strangers_share_no_accent_and_no_speaker(tmp_path):
    need_program(*PROGRAMS)
    assert not set(make_spelled.ACCENTS) & set(make_spelled.STRANGE_ACCENTS)
    assert not set(make_spelled.SPEAKERS) & set(make_spelled.STRANGE_SPEAKERS)
    tool('make_spelled.py', tmp_path, '--train', 8, '--dev', 3)
    for part, count in (('train', 8), ('dev', 3)):
        with open(tmp_path / f'{part}.csv', newline='') as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == count
        voices = {row['wav_filename'].split('-', 1)[1].removesuffix('.wav') for row in rows}
        strange = {voice for voice in voices if voice.split('+')[0] in make_spelled.STRANGE_ACCENTS}
        assert strange == (voices if part == 'dev' else set())


def test_a_synthesizer_that_is_missing(tmp_path):
    done = tool('make_spelled.py', tmp_path, status=1, PATH='/nowhere')
    assert done.stderr == 'E espeak-ng is not installed: on Debian, apt-get install espeak-ng\n'
