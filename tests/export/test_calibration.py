"""The calibration in an exported model: of every format, read back here and by the client."""

import csv
import pathlib
import runpy
import shutil
import sys

import pytest

from tests.helpers.golden import KINDS, clip
from tests.helpers.need import need_module
from tests.helpers.places import BIN
from util.errors import UserError
from util.export.calibration import read_calibration, write_calibration

TEXT = 'free texts 0:0.25 1:0.75\nfree words 0:0.5 1:0.5\n'
OTHER = 'free texts 0.1:0.125 0.2:0.125\nfree words 0:0.0625\nscorer texts 0:1\n'


@pytest.fixture(params=[*(f'{kind}.{end}' for kind in KINDS for end in ('pb', 'pbmm')),
                        'model256.tflite', 'model256.pb', 'model256.pbmm'])
def model(request, tmp_path):
    """Return a copy of a model, of this project and of 0.9.3."""
    name = request.param
    folder = request.getfixturevalue('compat' if name.startswith('model256') else 'golden')
    return pathlib.Path(shutil.copy(folder / name, tmp_path / name))


def test_the_client_judges_by_it(model):
    ds = need_module('deepspeech')
    samples = clip()
    before = ds.Model(model).sttWithMetadata(samples, 2).transcripts
    assert not before[0].calibrated and read_calibration(str(model)) == ''
    for text, probabilities in ((TEXT, None), (OTHER, (0.125, 0.0625))):
        write_calibration(str(model), text)
        assert read_calibration(str(model)) == text
        after = ds.Model(model).sttWithMetadata(samples, 2).transcripts
        for old, new in zip(before, after):
            assert new.calibrated and (new.text, new.confidence) == (old.text, old.confidence)
            raw = old.trust.fit * old.trust.share
            expected = probabilities or (0.25 + 0.5 * raw, 0.5)
            assert new.trust.probability == pytest.approx(expected[0], abs=1e-4)
            assert [word.trust.probability for word in new.words] == pytest.approx(
                [expected[1]] * len(old.words))


def test_packing_keeps_it(golden, tmp_path):
    ds = need_module('deepspeech')
    path = str(shutil.copy(golden / 'forward.pb', tmp_path / 'x.pb'))
    write_calibration(path, TEXT)
    ds.impl.DS_PackModel(path, tmp_path / 'x.pbmm')
    assert read_calibration(str(tmp_path / 'x.pbmm')) == TEXT


@pytest.mark.parametrize('text, says', [
    ('free texts', 'a curve has 0 knots: expected 1 to 1000'),
    ('free texts 1', "'1' is no knot: expected RAW:PROBABILITY"),
    ('free texts 0:0.5x', 'is no knot'),
    ('free texts 0:2', 'a knot is at 0.000000:2.000000: expected numbers from 0 to 1'),
    ('free texts nan:0', 'expected numbers from 0 to 1'),
    ('free texts 0:0.5 0:0.6', 'knot 2 of a curve lies before or below the one before it'),
    ('free texts 0:0.5 1:0.4', 'knot 2 of a curve lies before or below the one before it'),
])
def test_a_calibration_that_is_none(golden, tmp_path, text, says):
    ds = need_module('deepspeech')
    path = str(shutil.copy(golden / 'forward.pb', tmp_path / 'x.pb'))
    write_calibration(path, text)
    with pytest.raises(RuntimeError, match=f'metadata_calibration of the model: .*{says}'):
        ds.Model(path)


def test_files_that_are_no_models(tmp_path):
    for name in 'x.pb', 'x.pbmm', 'x.tflite':
        path = tmp_path / name
        with pytest.raises(UserError, match=f'{name}.*cannot be read'):
            write_calibration(str(path), TEXT)
        path.write_bytes(b'this is no model at all')
        with pytest.raises(UserError, match=f'{name}.* is n'):
            write_calibration(str(path), TEXT)
        assert path.read_bytes() == b'this is no model at all'


def test_the_script(compat, tmp_path, monkeypatch, capfd):
    """Three of four transcripts are as the model understands them."""
    deepspeech = need_module('deepspeech')
    path = shutil.copy(compat / 'model256.pbmm', tmp_path / 'm.pbmm')
    plain = deepspeech.Model(path)
    audio = sorted((compat / 'audio').glob('espeak_*.wav'))[:8]
    with open(tmp_path / 'dev.csv', 'w') as file:
        writer = csv.writer(file)
        writer.writerow(['wav_filename', 'wav_filesize', 'transcript'])
        for i, wav in enumerate(audio):
            text = plain.stt(deepspeech.read_audio(wav))
            writer.writerow([wav, wav.stat().st_size, text if i % 4 else 'something else'])
        writer.writerow([tmp_path / 'gone.wav', 1, 'gone'])
    sets = ('--dev_files', tmp_path / 'dev.csv', '--test_files', tmp_path / 'dev.csv')
    monkeypatch.setattr(sys, 'argv', ['calibrate.py', *map(str, (
        path, *sets, '--plot', tmp_path / 'x.png'))])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(BIN / 'calibrate.py'), None, '__main__')
    out, err = capfd.readouterr()
    assert end.value.code == 0, err
    assert 'gone.wav' in err and '1 of 9 recordings' in err
    assert '8 texts, 75.0% right' in out and '--reject' in out
    assert (tmp_path / 'x.png').read_bytes()[:4] == b'\x89PNG'
    found = deepspeech.Model(path).sttWithMetadata(deepspeech.read_audio(audio[0])).transcripts[0]
    assert found.calibrated and 0.5 < found.trust.probability < 0.9
    (tmp_path / 'g').write_text('\n'.join(plain.stt(deepspeech.read_audio(wav)) for wav in audio))
    monkeypatch.setattr(sys, 'argv', ['calibrate.py', str(path), *map(str, sets), '--grammar',
                                      str(tmp_path / 'g')])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(BIN / 'calibrate.py'), None, '__main__')
    assert end.value.code == 0, capfd.readouterr().err
    assert [line.split()[:2] for line in read_calibration(str(path)).splitlines()] == [
        ['free', 'texts'], ['free', 'words'], ['grammar', 'texts'], ['grammar', 'words']]
