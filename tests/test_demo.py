"""The corpus of the demo keeps what it promises: size, words, unseen sentences and voices."""
import csv
import pathlib
import subprocess
import sys

from tests.helpers.need import need_program
from util.audio.reading import audio_info, read_audio
from util.text.alphabet import Alphabet

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEMO = ROOT / 'data' / 'demo'


def rows(name, folder=DEMO):
    with open(folder / f'{name}.csv', newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def speakers(part):
    """Speakers of a set, without their accent: 0012-en-gb+m3.opus -> m3."""
    return {row['wav_filename'].split('-', 1)[1].removesuffix('.opus').split('+')[-1]
            for row in part}


def test_sets_are_large_enough_and_small_enough():
    train, dev, test = rows('train'), rows('dev'), rows('test')
    assert len(train) >= 300 and len(dev) >= 30 and len(test) >= 50
    words = {word for row in train for word in row['transcript'].split()}
    assert len(words) >= 60
    assert sum(path.stat().st_size for path in DEMO.rglob('*') if path.is_file()) < 3e6


def test_test_set_has_sentences_and_voices_of_its_own():
    train, dev, test = rows('train'), rows('dev'), rows('test')
    known = {row['transcript'] for row in train + dev}
    assert not known & {row['transcript'] for row in test}
    assert len(speakers(test)) >= 5
    assert not speakers(train + dev) & speakers(test)


def test_words_of_the_test_set_occur_in_training():
    train = {word for row in rows('train') for word in row['transcript'].split()}
    assert {word for row in rows('test') for word in row['transcript'].split()} <= train


def test_every_file_is_there_and_fits_its_transcript():
    alphabet = Alphabet.load(str(ROOT / 'data' / 'alphabet.txt'))
    for name in ('train', 'dev', 'test'):
        for row in rows(name):
            path = DEMO / row['wav_filename']
            assert path.stat().st_size == int(row['wav_filesize'])
            frames, rate, channels = audio_info(str(path))
            assert (rate, channels) == (16000, 1)
            assert len(alphabet.encode(row['transcript'])) < frames / rate * 50


def test_recordings_are_not_silent_and_not_clipped():
    for row in rows('test')[:20]:
        peak = abs(read_audio(str(DEMO / row['wav_filename'])).astype(int)).max()
        assert 5000 < peak < 32767


def test_script_makes_such_a_corpus(tmp_path):
    need_program('espeak-ng', 'flite')
    result = subprocess.run(
        [sys.executable, str(ROOT / 'bin' / 'make_demo.py'), '--out', str(tmp_path),
         '--train', '6', '--dev', '2', '--test', '3'], check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert [len(rows(name, tmp_path)) for name in ('train', 'dev', 'test')] == [6, 2, 3]
    for row in rows('train', tmp_path):
        frames, rate, _ = audio_info(str(tmp_path / row['wav_filename']))
        assert 0.5 < frames / rate < 5
