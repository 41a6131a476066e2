"""transcribe.py: long recordings to .tlog and other forms, without TensorFlow."""

import json
import os
import re
import shutil
import subprocess
import sys
import wave

import numpy as np
import pytest

from tests.helpers.joined import RATE, joined
from tests.helpers.need import need_module
from tests.helpers.places import ROOT
from tests.helpers.tones import make_corpus
from util.client.formats import FORMATS
from util.client.utterances import Utterance, Word


def write(path, samples):
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, RATE, 0, 'NONE', ''))
        f.writeframes(np.asarray(samples, '<i2').tobytes())


@pytest.fixture(scope='module')
def talks(compat, tmp_path_factory):
    """Return a folder with talk.wav, four utterances, deeper/other.wav, two, and a text."""
    ds = need_module('deepspeech')
    folder = tmp_path_factory.mktemp('talks')
    paths = sorted((compat / 'audio').glob('espeak_*.wav'))[:4]
    said = [np.array(ds.read_audio(path)) for path in paths]
    write(folder / 'talk.wav', joined(said, pauses=(1, 2))[0])
    (folder / 'deeper').mkdir()
    write(folder / 'deeper' / 'other.wav', joined(said[:2], 1, pauses=(1, 2))[0])
    (folder / 'notes.txt').write_text('not a recording')
    return folder


@pytest.fixture
def copy(talks, tmp_path):
    return shutil.copytree(talks, tmp_path / 'talks')


@pytest.fixture(scope='module')
def expected(talks, compat):
    """Return the utterances of talk.wav: first and last ms, text, words with their seconds."""
    ds = need_module('deepspeech')
    model = ds.Model(compat / 'model256.pbmm')
    samples = ds.read_audio(talks / 'talk.wav', RATE)
    segmenter = ds.Segmenter(RATE)
    found = []
    for start, end in segmenter.feed(samples) + segmenter.finish():
        best = model.sttWithMetadata(samples[start:end]).transcripts[0]
        found.append((start / 16, end / 16, best.text,
                      [(w.text, start / RATE + w.start_time) for w in best.words]))
    assert len(found) == 4
    return found


@pytest.fixture
def run(tmp_path_factory, compat):
    """Return what runs transcribe.py with the model where there is no TensorFlow."""
    without = tmp_path_factory.mktemp('no')
    (without / 'tensorflow.py').write_text('raise ImportError("no TensorFlow here")\n')

    def call(*arguments, status=0, model=True):
        named = ['--model', compat / 'model256.pbmm'] if model else []
        done = subprocess.run(
            [sys.executable, ROOT / 'transcribe.py', *map(str, [*named, *arguments])], text=True,
            capture_output=True, check=False, env={**os.environ, 'PYTHONPATH': str(without)})
        assert done.returncode == status and 'Traceback' not in done.stderr, done.stderr
        return done
    return call


def test_a_recording_gets_its_tlog(run, copy, expected):
    done = run('--src', copy / 'talk.wav')
    entries = json.loads((copy / 'talk.tlog').read_text())
    assert entries == [{'start': round(a), 'end': round(b), 'transcript': text}
                       for a, b, text, _ in expected]
    assert f'{copy}/talk.wav: 4 utterances in {copy}/talk.tlog' in done.stderr
    assert done.stdout == ''
    # What is there is left, as in 0.9.3, whatever the flags of its batches.
    (copy / 'talk.tlog').write_text('mine')
    done = run('--src', copy / 'talk.wav', '--batch_size=4', '--outlier_duration_ms', 5000)
    assert (copy / 'talk.tlog').read_text() == 'mine' and '--force' in done.stderr
    run('--src', copy / 'talk.wav', '--noforce')
    assert (copy / 'talk.tlog').read_text() == 'mine'
    run('--src', copy / 'talk.wav', '--force=true', '--jobs', 1)
    assert json.loads((copy / 'talk.tlog').read_text()) == entries


def test_all_forms(run, copy, expected):
    run('--src', copy / 'talk.wav', '--format', 'tlog,txt,srt,vtt,ctm')
    texts = [text for _, _, text, _ in expected]
    assert (copy / 'talk.txt').read_text().splitlines() == texts
    rows = [row.split() for row in (copy / 'talk.ctm').read_text().splitlines()]
    words = [word for *_, words in expected for word in words]
    assert [(row[4], float(row[2])) for row in rows] == [
        (text, pytest.approx(start, abs=0.006)) for text, start in words]
    assert all(row[:2] == ['talk', '1'] and float(row[3]) >= 0 and 0 <= float(row[5]) <= 1
               for row in rows)
    srt = (copy / 'talk.srt').read_text()
    blocks = [block.split('\n') for block in srt.strip().split('\n\n')]
    assert [block[0] for block in blocks] == [str(i + 1) for i in range(len(blocks))]
    assert ' '.join(block[2] for block in blocks).split() == ' '.join(texts).split()
    assert all(len(block[2]) <= 64 for block in blocks)
    vtt = (copy / 'talk.vtt').read_text()
    assert vtt.startswith('WEBVTT\n\n00:00:0')
    assert vtt.split('\n\n')[1].split('\n')[1] == blocks[0][2]


def test_a_file_of_ones_own(run, copy, expected):
    run('--src', copy / 'talk.wav', '--dst', copy / 'new' / 'said.srt')
    assert (copy / 'new' / 'said.srt').read_text().startswith('1\n00:00:0')
    run('--src', copy / 'talk.wav', '--dst', copy / 'said')
    assert len(json.loads((copy / 'said').read_text())) == 4


def test_a_name_with_a_space_is_one_field_of_a_ctm(run, copy):
    (copy / 'talk.wav').rename(copy / 'a long talk.wav')
    run('--src', copy / 'a long talk.wav', '--format', 'ctm')
    rows = [row.split(' ') for row in (copy / 'a long talk.ctm').read_text().splitlines()]
    assert rows and all(len(row) == 6 and row[0] == 'a<space>long<space>talk' for row in rows)


def test_words_of_a_webvtt_are_no_tags():
    said = [Utterance(0, 1, 'a <b> & c', (Word('a', 0, 0.3, 1.0), Word('<b>', 0.3, 0.6, 1.0),
                                          Word('&', 0.6, 0.8, 1.0), Word('c', 0.8, 1, 1.0)))]
    assert 'a &lt;b&gt; &amp; c\n' in FORMATS['vtt'](said, 'x.wav')
    assert 'a <b> & c\n' in FORMATS['srt'](said, 'x.wav')


def test_a_folder(run, copy):
    (copy / 'broken.wav').write_bytes(b'RIFF')
    write(copy / 'silent.wav', np.zeros(3 * RATE))
    write(copy / 'empty.wav', np.zeros(0))
    done = run('--src', copy, status=1)
    assert f'E {copy}/broken.wav: ' in done.stderr
    assert re.search(r'E \S*/empty.wav.* contains no samples', done.stderr)
    assert '2 of 4 recordings could not be transcribed' in done.stderr
    (copy / 'empty.wav').unlink()
    assert json.loads((copy / 'silent.tlog').read_text()) == []
    assert not (copy / 'deeper' / 'other.tlog').exists() and not (copy / 'broken.tlog').exists()
    (copy / 'broken.wav').unlink()
    done = run('--src', copy, '--recursive')
    assert '2 of 3 recordings have their text already' in done.stderr
    assert len(json.loads((copy / 'deeper' / 'other.tlog').read_text())) == 2
    done = run('--src', copy, '--include', '*.opus', status=1)
    assert 'no recording here is called like *.opus' in done.stderr


@pytest.mark.parametrize('rate', [8000, 11025, 16000, 44100])
def test_a_lower_rate_is_said(run, tmp_path, rate):
    path = tmp_path / 'a.wav'
    with wave.open(str(path), 'wb') as f:
        f.setparams((1, 2, rate, 0, 'NONE', ''))
        f.writeframes(bytes(2 * rate))
    done = run('--src', path)
    assert done.stderr.count(f'W {path}: is resampled from {rate} to 16000 Hz; up-sampling might '
                             'produce erratic speech recognition\n') == (rate < 16000)
    assert done.stderr.count('\n') == 1 + (rate < 16000)


def test_texts_of_an_earlier_run_are_no_recordings(run, copy):
    for _ in range(2):
        done = run('--src', copy / 'deeper', '--include', '*', '--format', 'tlog,srt,vtt,ctm,txt')
    assert '1 of 1 recordings have their text already' in done.stderr


def test_a_catalog(run, copy):
    catalog = copy / 'deeper' / 'talks.catalog'
    catalog.write_text(json.dumps([
        {'audio': '../talk.wav', 'tlog': 'new/one.tlog', 'script': 'x', 'aligned': 'y'},
        {'audio': 'none.wav', 'tlog': 'two.tlog'}]))
    done = run('--src', catalog, status=1)
    assert len(json.loads((copy / 'deeper' / 'new' / 'one.tlog').read_text())) == 4
    assert 'none.wav' in done.stderr and '1 of 2 recordings' in done.stderr
    for text, says in (('[', 'no JSON'), ('{}', 'expected a list'), ('[]', 'the list is empty'),
                       ('[{"audio": "a.wav"}]', 'entry 1: expected an object'),
                       ('[{"audio": 1, "tlog": "b"}]', 'entry 1: expected an object')):
        catalog.write_text(text)
        done = run('--src', catalog, status=1)
        assert len(done.stderr.splitlines()) == 1 and says in done.stderr


@pytest.mark.parametrize('arguments, says, status', [
    (['--src', '{}/none.wav'], 'there is no such file', 1),
    (['--src', '{}', '--dst', 'x'], '--dst \'x\' is for one recording', 1),
    (['--src', '{}/talk.wav', '--dst', '{}/deeper'], 'deeper: is a folder: name a file', 1),
    (['--src', '{}/talk.wav', '--scorer', 'none.scorer'], "scorer 'none.scorer'", 1),
    (['--src', '{}/talk.wav', '--format', 'mp3'], "'mp3': expected tlog", 2),
    (['--src', '{}/talk.wav', '--n_hidden', '512'], 'unrecognized arguments: --n_hidden 512', 2),
    (['--src', '{}/talk.wav', '--recursive=maybe'], "'maybe' is neither true nor false", 2),
    (['--src', '{}/talk.wav', '--pause', '1'], '--pause is 20 to 60000 ms', 2),
    (['--src', '{}/talk.wav', '--vad_aggressiveness', '4'], 'invalid choice: 4', 2),
    (['--src', '{}/talk.wav', '--lm_alpha', '1'], 'given together', 2),
    ([], 'required: --src', 2)])
def test_mistakes_get_a_line(run, copy, arguments, says, status):
    done = run(*(argument.replace('{}', str(copy)) for argument in arguments), status=status)
    assert says in done.stderr.splitlines()[-1]


def test_a_network_is_needed(run, copy):
    done = run('--src', copy / 'talk.wav', model=False, status=2)
    assert 'give the network: --model FILE, or --checkpoint_dir' in done.stderr


@pytest.mark.parametrize('name', ['talk.wav', 'deeper/../talk.wav', 'soft.wav', 'hard.wav'])
def test_no_text_is_written_over_a_recording(run, copy, name):
    (copy / 'soft.wav').symlink_to('talk.wav')
    (copy / 'hard.wav').hardlink_to(copy / 'talk.wav')
    before = (copy / 'talk.wav').read_bytes()
    catalog = copy / 'a.catalog'
    catalog.write_text(json.dumps([{'audio': 'deeper/other.wav', 'tlog': 'new.tlog'},
                                   {'audio': 'talk.wav', 'tlog': name}]))
    for arguments in ('--src', copy / 'talk.wav', '--dst', copy / name), ('--src', catalog):
        done = run(*arguments, '--force', status=1)
        assert 'would be written over the recording' in done.stderr
    assert (copy / 'talk.wav').read_bytes() == before and not (copy / 'new.tlog').exists()


def test_one_text_of_two_entries(run, copy):
    catalog = copy / 'a.catalog'
    catalog.write_text(json.dumps([{'audio': 'deeper/other.wav', 'tlog': 'x.tlog'},
                                   {'audio': 'talk.wav', 'tlog': 'deeper/../x.tlog'}]))
    done = run('--src', catalog, status=1)
    assert 'would both be written to' in done.stderr and not (copy / 'x.tlog').exists()


def test_one_dash_is_taken_as_by_absl(run, copy):
    run('-src', copy / 'talk.wav', '-dst', copy / 'said.txt', '-force=true')
    assert (copy / 'said.txt').stat().st_size


def test_two_recordings_and_one_text(run, copy):
    shutil.copy(copy / 'talk.wav', copy / 'talk.wave')
    done = run('--src', copy, '--include', '*.wav,*.wave', status=1)
    assert 'would both be written to' in done.stderr


@pytest.mark.slow
def test_a_checkpoint_is_exported_first(copy, tmp_path):
    """As 0.9.3's command lines name the network: by the flags of its training."""
    train = make_corpus(tmp_path / 'tones', 'train', 4)
    network = ['--checkpoint_dir', str(tmp_path / 'run'), '--n_hidden', '8',
               '--alphabet_config_path', str(tmp_path / 'tones' / 'alphabet.txt')]
    for program, *more in (('DeepSpeech.py', '--train_files', train, '--epoch', '1', '--notest'),
                           ('transcribe.py', '--src', str(copy / 'talk.wav'), '--format', 'txt')):
        done = subprocess.run([sys.executable, ROOT / program, *network, *more], text=True,
                              capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (copy / 'talk.txt').exists() and set((copy / 'talk.txt').read_text()) <= set(' abcd\n')
    done = subprocess.run([sys.executable, ROOT / 'transcribe.py', *network, '--n_hidden', '9',
                           '--src', str(copy / 'talk.wav')], text=True, capture_output=True)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
