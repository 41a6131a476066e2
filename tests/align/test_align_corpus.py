"""bin/align_corpus.py: long recordings and their texts to clips, without TensorFlow."""

import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import wave

import numpy as np
import pytest
import soundfile

from tests.helpers.joined import RATE, joined
from tests.helpers.need import need_module
from tests.helpers.places import ROOT

NEVER = 'Nobody ever said these words, at all.'


@pytest.fixture(scope='module')
def corpus(compat, tmp_path_factory):
    """Return a folder of two talks with their texts, and where each sentence truly is (seconds)."""
    ds = need_module('deepspeech')
    cases = json.loads((compat / 'expected_deepspeech.json').read_text())['cases']
    texts = {case['audio']: case['stt'] for case in cases
             if case['config'] == 'no scorer' and case['beam_width'] == 500}
    names = sorted(name for name in texts if name.startswith('espeak_'))
    folder = tmp_path_factory.mktemp('corpus')
    said = [np.array(ds.read_audio(compat / 'audio' / name)) for name in names]
    truth = {}
    random = np.random.default_rng(1)
    samples, places = joined(said, pauses=(0.5, 2))
    samples = samples + random.normal(0, 5, len(samples))
    soundfile.write(folder / 'talk one.flac', samples.astype(np.int16), RATE)
    truth['talk one.flac'] = [(a / RATE, b / RATE, texts[name])
                              for (a, b), name in zip(places, names)]
    lines = [texts[name].capitalize() + '.' for name in names]
    (folder / 'talk one.txt').write_text(' '.join([*lines[:3], NEVER, *lines[3:]]))
    (folder / 'deeper').mkdir()
    samples, places = joined(said[:3], 1, pauses=(0.5, 2))
    with wave.open(str(folder / 'deeper' / 'b.wav'), 'wb') as f:
        f.setparams((1, 2, RATE, 0, 'NONE', ''))
        f.writeframes(samples.astype('<i2').tobytes())
    truth['b.wav'] = [(a / RATE, b / RATE, texts[name]) for (a, b), name in zip(places, names)]
    (folder / 'deeper' / 'b.srt').write_text(''.join(
        f'{i}\n00:00:0{i},000 --> 00:00:0{i + 1},000\n{texts[name]}\n\n'
        for i, name in enumerate(names[:3])))
    return folder, truth


@pytest.fixture
def copy(corpus, tmp_path):
    return shutil.copytree(corpus[0], tmp_path / 'corpus')


@pytest.fixture
def run(tmp_path_factory, compat):
    """Return what runs the program with the model where there is no TensorFlow."""
    without = tmp_path_factory.mktemp('no')
    (without / 'tensorflow.py').write_text('raise ImportError("no TensorFlow here")\n')

    def call(*arguments, status=0, path=str(without)):
        done = subprocess.run(
            [sys.executable, ROOT / 'bin' / 'align_corpus.py', '--model',
             compat / 'model256.pbmm', *map(str, arguments)], text=True,
            capture_output=True, check=False, env={**os.environ, 'PYTHONPATH': path})
        assert done.returncode == status and 'Traceback' not in done.stderr, done.stderr
        return done
    return call


def rows_of(path):
    with open(path, encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def contents(folder):
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
            for path in folder.rglob('*') if path.is_file()}


def test_clips_of_a_folder(run, copy, corpus):
    done = run(copy)
    rows = rows_of(copy / 'aligned' / 'clips.csv')
    truth = [each for name in ('b.wav', 'talk one.flac') for each in corpus[1][name]]
    assert [row['transcript'] for row in rows] == [text for _, _, text in truth]
    for row, (start, end, _) in zip(rows, truth):
        assert abs(float(row['start']) - start) < 0.5 and abs(float(row['end']) - end) < 0.5
        assert 0.05 <= float(row['score']) <= 1
        path = copy / 'aligned' / row['wav_filename']
        assert path.stat().st_size == int(row['wav_filesize'])
        samples, rate = soundfile.read(path, dtype='int16')
        whole = soundfile.read(row['source'], dtype='int16')[0]
        first = round(float(row['start']) * RATE)
        assert rate == RATE
        np.testing.assert_array_equal(samples, whole[first:first + len(samples)])
    out = rows_of(copy / 'aligned' / 'left_out.csv')
    assert [(row['text'], row['reason']) for row in out] == [(NEVER, 'not spoken, as it seems')]
    assert f'{len(rows)} clips' in done.stdout and '1 left out' in done.stdout
    page = (copy / 'aligned' / 'report.html').read_text()
    assert NEVER in page and 'talk one.flac' in page and page.count('<audio') == len(rows) + 1
    assert not (copy / 'aligned' / '.decoded').exists()


def test_it_goes_on_where_it_ended(run, copy):
    run(copy, '--jobs', 1)
    target = copy / 'aligned'
    before = contents(target)
    run(copy, '--jobs', 3)
    after = contents(target)
    tables = {'clips.csv', 'left_out.csv', 'report.html'}  # written again, the same
    assert {name: data for name, (_, data) in before.items()} == {
        name: data for name, (_, data) in after.items()}
    assert all(before[name][0] == after[name][0] for name in before if name not in tables)
    # Only what is gone, cut off or changed is made again.
    wavs = sorted(name for name in before if name.endswith('.wav') and 'talk_one' in name)
    (target / wavs[0]).unlink()
    (target / 'pieces' / 'deeper-b.json').write_text('{"form": 1, "clips"')
    run(copy)
    assert {name: data for name, (_, data) in contents(target).items()} == {
        name: data for name, (_, data) in before.items()}
    (copy / 'deeper' / 'b.srt').write_text('1\n00:00:00,000 --> 00:00:01,000\nAbsent words.\n')
    run(copy)
    assert not any('deeper-b' in row['wav_filename'] for row in rows_of(target / 'clips.csv'))
    assert not list(target.rglob('deeper-b*.wav')) and list(target.rglob('talk_one*.wav'))
    done = run(copy, '--longest', 2.5)
    assert not rows_of(target / 'clips.csv') and not list(target.rglob('*.wav'))
    assert 'clips of earlier runs removed' in done.stderr
    assert 'no pause within 2.5 s' in {row['reason'] for row in rows_of(target / 'left_out.csv')}


def test_one_bad_recording_costs_no_other(run, copy):
    (copy / 'bad.wav').write_bytes(b'RIFF')
    (copy / 'bad.txt').write_text('some words')
    (copy / 'empty text.wav').write_bytes((copy / 'deeper' / 'b.wav').read_bytes())
    (copy / 'empty text.txt').write_text(' \n')
    (copy / 'digits.wav').write_bytes((copy / 'deeper' / 'b.wav').read_bytes())
    (copy / 'digits.txt').write_text('12 34')
    done = run(copy, status=1)
    assert len(rows_of(copy / 'aligned' / 'clips.csv')) == 11
    for name, why in (('bad.wav', 'WAV'), ('empty text.txt', 'no text is in it'),
                      ('digits.txt', 'no letter')):
        lines = [line for line in done.stderr.splitlines() if name in line]
        assert len(lines) == 1 and why in lines[0], done.stderr
        assert name in (copy / 'aligned' / 'report.html').read_text()
    assert done.stderr.splitlines()[-1] == (
        'E 3 of 5 recordings could not be aligned; see above')


def test_a_lower_rate_is_said_once(run, copy):
    samples = soundfile.read(copy / 'deeper' / 'b.wav')[0]
    soundfile.write(copy / 'deeper' / 'b.wav', samples[::2], RATE // 2)
    done = run(copy)
    assert done.stderr.splitlines() == [
        f'W {copy}/deeper/b.wav: is resampled from 8000 to 16000 Hz; up-sampling might produce '
        'erratic speech recognition']
    shutil.copy(copy / 'deeper' / 'b.wav', copy / 'c.wav')
    shutil.copy(copy / 'deeper' / 'b.srt', copy / 'c.srt')
    done = run(copy, '--target', copy / 'made')
    assert '2 of 3 recordings are resampled from less than 16000 Hz' in done.stderr


def test_texts_that_do_not_fit(run, copy):
    """Another language, a text ten times too long, a recording that begins in its middle."""
    text = (copy / 'talk one.txt').read_text()
    (copy / 'deeper' / 'b.srt').unlink()
    (copy / 'deeper' / 'b.txt').write_text(f'{text} ' * 10)
    (copy / 'noise.wav').write_bytes((copy / 'deeper' / 'b.wav').read_bytes())
    random = np.random.default_rng(1)
    soundfile.write(copy / 'noise.wav', random.normal(0, 0.05, 20 * RATE), RATE)
    (copy / 'noise.txt').write_text(text)
    soundfile.write(copy / 'other.wav', soundfile.read(copy / 'talk one.flac')[0], RATE)
    (copy / 'other.txt').write_text('Der Nachtzug fährt um zwölf Uhr über Köln nach Zürich. ' * 8)
    run(copy, '--min_score', 0.05)
    clips = rows_of(copy / 'aligned' / 'clips.csv')
    by_name = {name: [row for row in clips if name in row['source']]
               for name in ('b.wav', 'noise', 'other', 'talk one')}
    assert len(by_name['talk one']) == 8 and len(by_name['b.wav']) == 3
    assert not by_name['noise'] and not by_name['other']


def test_dsalign(run, copy, corpus):
    (copy / 'deeper' / 'b.script').write_text(json.dumps(
        [{'text': text, 'speaker': 'Anna'} for _, _, text in corpus[1]['b.wav']]))
    path = copy / 'all.catalog'
    path.write_text(json.dumps([{'audio': 'deeper/b.wav', 'script': 'deeper/b.script',
                                 'tlog': 'b.tlog', 'aligned': 'out/b.aligned'}]))
    run(path, '--format', 'dsalign', '--target', copy / 'made')
    fragments = json.loads((copy / 'out' / 'b.aligned').read_text())
    script = '\n'.join(text for _, _, text in corpus[1]['b.wav'])
    assert [f['aligned'] for f in fragments] == script.split('\n')
    for fragment, (start, end, text) in zip(fragments, corpus[1]['b.wav']):
        assert abs(fragment['start'] - 1000 * start) < 500 > abs(fragment['end'] - 1000 * end)
        assert script[fragment['text-start']:fragment['text-end']] == fragment['aligned-raw']
        assert fragment['meta'] == {'speaker': ['Anna']}
        assert (fragment['tlen'], fragment['mlen']) == (len(fragment['transcript']), len(text))
        assert 0 <= fragment['cer'] < 30 and (fragment['cer'] == 0) == (
            fragment['transcript'] == text)
    assert rows_of(copy / 'made' / 'clips.csv')
    (kept,) = (copy / 'made' / 'heard').iterdir()
    kept.write_text(kept.read_text().replace(fragments[0]['transcript'], 'kept from before'))
    run(path, '--format', 'dsalign', '--target', copy / 'made')
    again = json.loads((copy / 'out' / 'b.aligned').read_text())
    assert [f['transcript'] for f in again] == [
        'kept from before', *(f['transcript'] for f in fragments[1:])]
    kept.unlink()
    run(path, '--format', 'dsalign', '--target', copy / 'made', '--metrics', 'wng,sws')
    again = json.loads((copy / 'out' / 'b.aligned').read_text())
    assert [f['text-start'] for f in again] == [f['text-start'] for f in fragments]
    assert all(50 < f['wng'] <= 100 and 50 < f['sws'] <= 100 and 'cer' not in f for f in again)


@pytest.mark.parametrize('arguments, error', [
    (['--jobs', '0'], '--jobs'), (['--metrics', 'wng,weg'], "'weg': expected tlen, mlen, sws"),
    (['--shortest', '5', '--longest', '3'], '--shortest'),
    (['--min_score', '2'], '--min_score'), (['--refine', '-1'], '--refine'),
    (['--', '--epoch', '3'], '--epoch: flags of training need --refine'),
    (['--format', 'x'], '--format')])
def test_misuse(run, copy, arguments, error):
    done = run(copy, *arguments, status=2)
    assert error in done.stderr.splitlines()[-1]


def test_what_cannot_be_done(run, copy, tmp_path):
    for arguments, error in (([tmp_path / 'no'], 'no such folder'),
                             ([copy, '--model', tmp_path / 'no.pbmm'], 'no.pbmm'),
                             ([copy, '--encoding', 'x-y'], 'no such encoding')):
        done = run(*arguments, status=1)
        assert error in done.stderr and len(done.stderr.splitlines()) == 1
    (tmp_path / 'file').write_text('')
    done = run(copy, '--target', tmp_path / 'file', status=1)
    assert 'cannot be written' in done.stderr


def test_refined(run, copy):
    """A round trains the model further on what it found, and aligns by that; once."""
    done = run(copy, '--refine', 1, '--', '--epoch', 1, '--noshow_progressbar', path='')
    assert 'I Round 1: 11 clips' in done.stderr and 'Training on the surest' in done.stderr
    (training,) = (copy / 'aligned' / 'rounds' / '1').glob('training-*')
    model = training / 'export' / 'output_graph.pbmm'
    assert need_module('deepspeech').Model(model).info.n_hidden == 256
    (card,) = model.parent.glob('*.md')
    assert 'imported from model256.pbmm' in card.read_text()
    sets = [rows_of(copy / 'aligned' / 'rounds' / '1' / f'{name}.csv') for name in ('train', 'dev')]
    assert all(sets) and 4 <= sum(map(len, sets)) <= 7
    assert (copy / 'aligned' / 'clips.csv').exists()
    again = run(copy, '--refine', 1, '--', '--epoch', 1, '--noshow_progressbar', path='')
    assert 'Training on' not in again.stderr and again.stdout == done.stdout


def test_a_training_that_ruins_the_model(run, copy):
    """What a ruined model finds is not taken: the clips are those of the model before."""
    done = run(copy, path='')
    ruined = run(copy, '--refine', 2, '--', '--epoch', 1, '--learning_rate', 10,
                 '--lr_warmup_steps', 0, '--max_grad_norm', 0, '--noshow_progressbar', path='')
    assert 'W The model of round 1 finds less than the one before' in ruined.stderr
    assert not list((copy / 'aligned' / 'rounds' / '2').glob('training-*'))
    assert ruined.stdout == done.stdout


def test_a_model_that_cannot_be_trained(run, copy, compat):
    done = run(copy, '--model', compat / 'model256.tflite', '--refine', 1, status=1)
    assert '--refine trains the model further, which needs .pb or .pbmm' in done.stderr


def test_ctrl_c_amid_a_recording(tmp_path, compat):
    """It ends there, says how to go on, and has nothing of that recording."""
    talk = tmp_path / 'long.wav'
    with wave.open(str(talk), 'wb') as f:
        f.setparams((1, 2, RATE, 0, 'NONE', ''))
        f.setnframes(4 * 3600 * RATE)
        f.writeframesraw(bytes(2 * RATE))
    size = 44 + 2 * 4 * 3600 * RATE
    with open(talk, 'r+b') as f:  # four hours, of which the disk has a second
        f.truncate(size)
        for at, value in (4, size - 8), (40, size - 44):
            f.seek(at)
            f.write(value.to_bytes(4, 'little'))
    (tmp_path / 'long.txt').write_text('nobody ever says this')
    with subprocess.Popen(
            [sys.executable, ROOT / 'bin' / 'align_corpus.py', '--model', compat / 'model256.pbmm',
             tmp_path, '--target', tmp_path / 'out'], text=True, stderr=subprocess.PIPE) as process:
        opened = pathlib.Path(f'/proc/{process.pid}/fd')
        while process.poll() is None and str(talk) not in map(
                os.path.realpath, opened.iterdir()):
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 130 and 'Traceback' not in said
    assert 'Stopped; the same command goes on with what is left' in said
    assert not [*(tmp_path / 'out').rglob('*.json'), *(tmp_path / 'out').rglob('*.csv')]
