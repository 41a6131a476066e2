"""What the scripts did by which 0.9.3 tested itself, with DEEPSPEECH_RELEASE=0.9.3 and no more.

Each is written down here as the commands that it ran, on LDC93S1 and a sentence in Russian, with
other folders than /tmp. By default a few of them run, small, in this process; the rest is slow.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.helpers.places import ROOT
from tests.helpers.scripts import tool
from tests.helpers.trainer import run
from util.release import VARIABLE

LOADED = 'Loading best validating checkpoint from '


@pytest.fixture(autouse=True)
def _release(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, '0.9.3')
    monkeypatch.setenv('XDG_DATA_HOME', str(tmp_path / 'home'))


@pytest.fixture
def smoke(shared_data, tmp_path):
    """Return a folder laid out as their data/smoke_test."""
    folder, theirs = tmp_path / 'smoke_test', pathlib.Path(shared_data, 'deepspeech')
    (folder / 'ru').mkdir(parents=True)
    shutil.copy(pathlib.Path(shared_data, 'ldc93s1', 'LDC93S1.wav'), folder)
    (folder / 'ldc93s1.csv').write_text(
        'wav_filename,wav_filesize,transcript\n'
        'LDC93S1.wav,93638,she had your dark suit in greasy wash water all year\n')
    for name in ('pruned_lm.scorer', 'pruned_lm.bytes.scorer'):
        shutil.copy(theirs / name, folder)
    for name in ('ru.csv', 'ru.wav', 'alphabet.ru'):
        shutil.copy(theirs / name, folder / 'ru')
    return folder


class Scripts:
    """The commands of the scripts, by the part of their name behind ldc93s1_.

    Args:
        smoke: folder of the data.
        start: runs DeepSpeech.py, or another program, with arguments; returns what it printed.
        n_hidden: width of the network; theirs is 100.
    """

    def __init__(self, smoke, start, n_hidden=100):
        self.smoke, self.top, self._start, self._width = smoke, smoke.parent, start, n_hidden

    def deepspeech(self, *arguments, program='DeepSpeech.py'):
        return self._start(program, '--noshow_progressbar', '--n_hidden', self._width, *arguments)

    def sets(self, kind):
        """Return the files and the flags of a kind: '', 'bytes', 'metrics', 'sdb', 'sdb_csv'."""
        csv, sdb = self.smoke / 'ldc93s1.csv', self.smoke / 'ldc93s1.sdb'
        if 'sdb' in kind and not sdb.exists():
            tool('data_set_tool.py', csv, sdb)
        files = {'sdb': sdb, 'sdb_csv': f'{sdb},{csv}'}.get(kind, csv)
        more = ['--bytes_output_mode'] if kind == 'bytes' else []
        more += ['--metrics_files', csv] if kind == 'metrics' else []
        scorer = f"pruned_lm{'.bytes' * (kind == 'bytes')}.scorer"
        return ['--noearly_stop', '--train_files', files, '--train_batch_size', 1, '--dev_files',
                files, '--dev_batch_size', 1, '--test_files', files, '--test_batch_size', 1,
                '--max_to_keep', 1, '--checkpoint_dir', self.top / f'ckpt_{kind}',
                '--learning_rate', 0.001, '--dropout_rate', 0.05,
                '--scorer_path', self.smoke / scorer, *more]

    def new(self, kind, epochs, rate):
        return self.deepspeech(
            *self.sets(kind), '--epochs', epochs, '--feature_cache', self.top / f'cache_{kind}',
            '--export_dir', self.top / f'train_{kind}', '--audio_sample_rate', rate)

    def checkpoint(self, kind):
        return self.deepspeech(*self.sets(kind), '--epochs', 1)

    def tflite(self, kind, rate):
        """Export for TensorFlow Lite, then for an archive, as tflite and new_bytes_tflite."""
        common = ['--checkpoint_dir', self.top / f'ckpt_{kind}', '--audio_sample_rate', rate,
                  '--scorer_path', self.smoke / f"pruned_lm{'.bytes' * (kind == 'bytes')}.scorer",
                  *['--bytes_output_mode'] * (kind == 'bytes')]
        folder = self.top / f'train_{kind}_tflite'
        self.deepspeech(*common, '--export_dir', folder, '--export_tflite')
        if kind == 'bytes':
            return
        (folder / 'en-us').mkdir()
        self.deepspeech(*common, '--export_dir', folder / 'en-us', '--export_zip',
                        '--export_language', 'Fake English (fk-FK)')

    def singleshotinference(self):
        self.deepspeech(*self.sets(''), '--epochs', 1, '--checkpoint_secs', 0)
        return self.deepspeech('--checkpoint_dir', self.top / 'ckpt_', '--scorer_path',
                               self.smoke / 'pruned_lm.scorer', '--one_shot_infer',
                               self.smoke / 'LDC93S1.wav')

    def graph_augmentations(self):
        kinds = 'dropout pitch tempo warp time_mask frequency_mask add multiply'.split()
        return self.deepspeech(
            '--noearly_stop', '--train_files', self.smoke / 'ldc93s1.csv', '--train_batch_size', 1,
            '--scorer', '', *[word for kind in kinds for word in ('--augment', kind)],
            '--epochs', 1)

    def transfer(self, load, epochs):
        """Train on English twice, go over to Russian, test: with one --load_train of three."""
        csv, ru = self.smoke / 'ldc93s1.csv', self.smoke / 'ru'
        eng, rus = self.top / 'transfer' / 'eng', self.top / 'transfer' / 'ru'
        english = ['--noearly_stop', '--load_train', load, '--train_files', csv, '--dev_files',
                   csv, '--test_files', csv, '--scorer_path', '', '--epochs', epochs]
        said = [self.deepspeech(*english, '--checkpoint_dir', eng),
                self.deepspeech(*english, '--save_checkpoint_dir', eng, '--load_checkpoint_dir',
                                eng)]
        russian = ['--alphabet_config_path', ru / 'alphabet.ru', '--scorer_path', '']
        said.append(self.deepspeech(
            '--noearly_stop', '--drop_source_layers', 1, '--load_train', 'last', '--train_files',
            ru / 'ru.csv', '--dev_files', ru / 'ru.csv', '--save_checkpoint_dir', rus,
            '--load_checkpoint_dir', eng, '--epochs', epochs, *russian))
        said.append(self.deepspeech('--test_files', ru / 'ru.csv', '--test_batch_size', 1,
                                    '--load_checkpoint_dir', rus, *russian,
                                    program='evaluate.py'))
        return said


def lines_of(text, pattern):
    return re.findall(f'^{pattern}$', text, re.MULTILINE)


def test_a_training_and_what_they_grep_for(smoke, capsys):
    """New with metrics, checkpoint, tflite with its archive, in this process."""
    def start(program, *arguments):
        assert run(*arguments) == 0
        return capsys.readouterr().out

    scripts = Scripts(smoke, start, n_hidden=16)
    out, csv = scripts.new('metrics', 2, 16000), smoke / 'ldc93s1.csv'
    for epoch in (0, 1):
        assert lines_of(out, rf'I Finished training epoch {epoch} - loss: \d+\.\d{{6}}')
        assert lines_of(out, rf'I Finished validating epoch {epoch} on {csv} - loss: \d+\.\d{{6}}')
        assert lines_of(out, rf'I Metrics for epoch {epoch} on {csv} - loss: \d+\.\d{{6}}')
    assert lines_of(out, rf'I Saved new best validating model with loss [\d.]+ to: '
                         rf'{smoke.parent}/ckpt_metrics/best_dev-\d')
    assert lines_of(out, rf'Test on {csv} - WER: [\d.]+, CER: [\d.]+, loss: [\d.]+')
    assert lines_of(out, rf' - wav: file://{smoke}/LDC93S1.wav')
    assert lines_of(out, rf'I Models exported at {smoke.parent}/train_metrics')
    assert (smoke.parent / 'train_metrics' / 'output_graph.pb').stat().st_size > 10000
    again = scripts.checkpoint('metrics')
    first = again.partition('STARTING Optimization')[0]
    assert lines_of(first, rf'I {LOADED}{smoke.parent}/ckpt_metrics/best_dev-\d')
    assert lines_of(again, r'I Finished training epoch \d - loss: [\d.]+')
    scripts.tflite('metrics', 16000)
    left = smoke.parent / 'train_metrics_tflite'
    assert (left / 'output_graph.tflite').exists()
    with zipfile.ZipFile(left / 'en-us.zip') as archive:
        assert {'output_graph.tflite', 'pruned_lm.scorer'} <= set(archive.namelist())


def process(program, *arguments):
    """Run a program as the scripts do, from the root of the repository."""
    done = subprocess.run([sys.executable, '-u', str(ROOT / program), *map(str, arguments)],
                          cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize('kind', ['', 'bytes', 'metrics', 'sdb', 'sdb_csv'])
def test_new_checkpoint_and_tflite(smoke, kind):
    scripts = Scripts(smoke, process)
    out = scripts.new(kind, 4, 16000)
    assert len(lines_of(out, r'I Finished training epoch \d - loss: [\d.]+')) == 4
    assert len(lines_of(out, r'Test on \S+ - WER: .*')) == (2 if kind == 'sdb_csv' else 1)
    assert (smoke.parent / f'train_{kind}' / 'output_graph.pb').exists()
    again = scripts.checkpoint(kind).partition('STARTING Optimization')
    assert LOADED in again[0] and LOADED in again[2]
    scripts.tflite(kind, 16000)
    left = smoke.parent / f'train_{kind}_tflite'
    assert (left / 'output_graph.tflite').exists()
    assert (left / 'en-us.zip').exists() == (kind != 'bytes')


@pytest.mark.slow
def test_new_at_8_khz(smoke):
    Scripts(smoke, process).new('', 2, 8000)
    assert (smoke.parent / 'train_' / 'output_graph.pb').exists()


@pytest.mark.slow
def test_singleshotinference(smoke):
    assert Scripts(smoke, process).singleshotinference().count('\n') >= 1


@pytest.mark.slow
def test_graph_augmentations(smoke):
    assert 'Finished training epoch 0 - loss: ' in Scripts(smoke, process).graph_augmentations()


@pytest.mark.slow
def test_transfer(smoke):
    scripts = Scripts(smoke, process)
    for load in ('init', 'last', 'auto'):
        first, second, russian, tested = scripts.transfer(load, 3)
        began = {'init': '', 'last': 'Loading most recent checkpoint from ', 'auto': LOADED}[load]
        for out in (first, second):
            before = out.partition('STARTING Optimization')[0]
            assert began in before and before.count(' checkpoint from ') == bool(began)
        assert 'except layer_6' in russian and 'Finished training epoch' in russian
        assert LOADED in tested
        assert lines_of(tested, rf'Test on {smoke}/ru/ru.csv - WER: .*')


# An operation on samples changes them, and neither how many they are nor their rate.
@pytest.mark.slow
@pytest.mark.parametrize('operation', [
    'overlay[source={noise},snr=20]', 'reverb[delay=50.0,decay=2.0]', 'resample[rate=4000]',
    'codec[bitrate=4000]', 'volume[dbfs=-10]'])
def test_sample_augmentations(smoke, operation):
    wav, noise, out = smoke / 'LDC93S1.wav', smoke / 'noise.csv', smoke / 'out.wav'
    noise.write_text('wav_filename\nLDC93S1.wav\n')

    def play(*arguments):
        out.write_bytes(subprocess.run(
            [sys.executable, ROOT / 'bin' / 'play.py', wav, *arguments, '--pipe', '--quiet'],
            check=True, capture_output=True).stdout)

    play()
    tool('compare_samples.py', wav, out, '--no-success-output')
    play('--augment', operation.format(noise=noise))
    tool('compare_samples.py', '--if-differ', wav, out, '--no-success-output')
