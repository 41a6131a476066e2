"""evaluate_export.py: the client's transcripts of a set, errors and dumps, without TensorFlow."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from evaluate_export import arguments, main, transcribed
from tests.helpers.clips import broken, noise, text
from tests.helpers.databases import make_sdb, make_tar
from tests.helpers.need import need_module
from tests.helpers.places import ROOT
from util.client.recogniser import Recogniser
from util.data.manifest import Utterance
from util.errors import UserError

NAMES = ('a.wav', 'b.flac', 'c.ogg', 'd.wav')


@pytest.fixture(scope='module')
def corpus(tmp_path_factory):
    """Return a folder: recordings of several kinds, two of them no recordings, as CSV, SDB, tar."""
    folder = tmp_path_factory.mktemp('corpus')
    for i, name in enumerate(NAMES):
        noise(folder / name, 0.6 + 0.2 * i, (16000, 8000, 44100, 16000)[i], i % 2 + 1)
    broken(folder / 'html.wav')
    rows = ''.join(f'{name},1,said {name[0]}\n' for name in (*NAMES, 'html.wav', 'gone.wav'))
    text(folder / 'all.csv', 'wav_filename,wav_filesize,transcript\n' + rows)
    wavs = {name: (folder / name).read_bytes() for name in ('a.wav', 'd.wav')}
    (folder / 'some.sdb').write_bytes(make_sdb([
        *((wav, b'said ' + name[:1].encode()) for name, wav in wavs.items()), (b'no', b'x')]))
    (folder / 'some.tar').write_bytes(make_tar({
        **wavs, 'a.txt': b'said a', 'd.txt': b'said d'}))
    text(folder / 'bare.csv', 'wav_filename\na.wav\n')
    text(folder / 'bad.csv', 'wav_filename,transcript\nhtml.wav,x\n')
    return folder


@pytest.fixture(scope='module')
def without_tensorflow(tmp_path_factory):
    """Return the environment of a machine that has no TensorFlow, for child processes too."""
    folder = tmp_path_factory.mktemp('no')
    text(folder / 'tensorflow.py', 'raise ImportError("no TensorFlow here")\n')
    return {**os.environ, 'PYTHONPATH': str(folder)}


def evaluate(environment, *arguments, program='evaluate_export.py', status=0):
    done = subprocess.run([sys.executable, ROOT / program, *map(str, arguments)], text=True,
                          capture_output=True, check=False, env=environment)
    assert done.returncode == status and 'Traceback' not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize('program, kind, source, proc', [
    ('evaluate_export.py', 'forward.pb', 'all.csv', 2),
    ('evaluate_tflite.py', 'bidirectional.pbmm', 'some.sdb', 1),
    ('evaluate_export.py', 'forward_layer_norm.pbmm', 'some.tar', 8)])
def test_says_what_the_client_says(corpus, golden, without_tensorflow, tmp_path, program, kind,
                                   source, proc):
    ds = need_module('deepspeech')
    done = evaluate(without_tensorflow, '--model', golden / kind, '--csv', corpus / source,
                    '--proc', proc, '--dump', tmp_path / 'out', program=program)
    names = NAMES if source == 'all.csv' else ('a.wav', 'd.wav')
    model = ds.Model(str(golden / kind))
    expected = [model.stt(ds.read_audio(str(corpus / name))) for name in names]
    assert any(expected)
    before = {'all.csv': f'{corpus}/', 'some.sdb': f'{corpus}/some.sdb:',
              'some.tar': f'{corpus}/some.tar:'}[source]
    shown = [before + (str(i) if source == 'some.sdb' else name) for i, name in enumerate(names)]
    assert (tmp_path / 'out.txt').read_text().splitlines() == [
        f'{wav} said {name[0]}' for wav, name in zip(shown, names)]
    assert (tmp_path / 'out.out').read_text().splitlines() == [
        f'{wav} {said}' for wav, said in zip(shown, expected)]
    count = {'all.csv': 6, 'some.sdb': 3, 'some.tar': 2}[source]
    lines = done.stdout.splitlines()
    assert lines[:2] == [f'Totally {count} wav entries found in csv',
                         f'Totally {len(names)} wav file transcripted']
    assert lines[4].startswith(f'Test on {corpus / source} - WER: ')
    assert lines[4].endswith(', loss: 0.000000')
    assert {'Best WER:', 'Median WER:', 'Worst WER:', f' - wav: file://{shown[0]}'} <= set(lines)
    warned = [line for line in done.stderr.splitlines() if line.startswith('W ')]
    assert len(warned) == (count - len(names) + 1 if count > len(names) else 0)
    if source == 'all.csv':
        assert 'all.csv:6: ' in warned[0] and 'html.wav' in warned[0]
        assert 'gone.wav' in warned[1] and warned[2].startswith('W 2 of 6 recordings')


def test_tflite_and_scorer_of_0_9_3(compat, shared_data, without_tensorflow, tmp_path):
    ds = need_module('deepspeech')
    table = text(tmp_path / 'a.csv', 'wav_filename,transcript\n'
                 f'{compat}/audio/espeak_000.wav,x\n{compat}/audio/unseen_2.wav,y\n')
    scorer = os.path.join(shared_data, 'deepspeech', 'pruned_lm.scorer')
    model = ds.Model(str(compat / 'model256.tflite'))
    model.setBeamWidth(100)
    model.enableExternalScorer(scorer)
    said = set()
    for given in ([], ['--lm_alpha', 5, '--lm_beta', 0]):
        if given:
            model.setScorerAlphaBeta(5, 0)
        evaluate(without_tensorflow, '--model', compat / 'model256.tflite', '--scorer', scorer,
                 '--csv', table, '--beam_width', 100, '--proc', 1, '--dump', tmp_path / 'out',
                 *given, program='evaluate_tflite.py')
        said.add((tmp_path / 'out.out').read_text())
        assert (tmp_path / 'out.out').read_text() == ''.join(
            f'{wav} {model.stt(ds.read_audio(str(wav)))}\n' for wav in
            (compat / 'audio/espeak_000.wav', compat / 'audio/unseen_2.wav'))
    assert len(said) == 2


@pytest.mark.parametrize('given, message', [
    ({'--model': 'none.pb'}, "^model '.*none.pb': "), ({'--scorer': 'all.csv'}, "^scorer '.*all.c"),
    ({'--csv': 'bare.csv'}, 'no column transcript'),
    ({'--csv': 'bad.csv'}, '^none of the 1 recordings can be transcribed'),
    ({'--dump': 'all.csv/x'}, "^transcripts: the folder '.*all.csv' cannot be written"),
    ({'--proc': 0}, '--proc is at least 1'), ({'--report_count': -1}, 'least 0'),
    ({'--lm_alpha': 1}, '--lm_alpha and --lm_beta are given together'),
    ({'--lm_alpha': 1, '--lm_beta': 1}, 'need a --scorer')])
def test_mistakes(corpus, golden, monkeypatch, capsys, given, message):
    need_module('deepspeech')
    paths = {'--model': golden / 'forward.pb', '--csv': corpus / 'all.csv', '--proc': 1,
             **{name: corpus / value if isinstance(value, str) else value
                for name, value in given.items()}}
    monkeypatch.setattr(sys, 'argv', ['x', *(str(word) for pair in paths.items() for word in pair)])
    if message.startswith(('--', 'least', 'need')):
        with pytest.raises(SystemExit):
            arguments()
        assert re.search(message, capsys.readouterr().err)
    else:
        with pytest.raises(UserError, match=message) as refusal:
            main(arguments())
        assert '\n' not in str(refusal.value)


@pytest.mark.parametrize('secs', [0, 1])
def test_interrupt_is_no_word(corpus, golden, without_tensorflow, tmp_path, secs):
    """Neither while the processes begin nor while they work, though the terminal tells all."""
    need_module('deepspeech')
    table = text(tmp_path / 'a.csv', 'wav_filename,transcript\n' + f'{corpus}/d.wav,x\n' * 5000)
    with subprocess.Popen([sys.executable, ROOT / 'evaluate_export.py', '--model',
                           golden / 'forward.pb', '--csv', table, '--proc', '2'], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=without_tensorflow,
                          start_new_session=True) as process:
        assert process.stdout.readline().startswith('Totally 5000 wav')
        time.sleep(secs)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and said == ''


def test_process_that_ends_early(corpus):
    with pytest.raises(UserError, match='has ended before its work was done.*--proc 1'):
        transcribed([Utterance(str(corpus / 'a.wav'), 0, 'x', 'a.csv', 2)],
                    Recogniser(str(corpus / 'none.pb')), 2)
