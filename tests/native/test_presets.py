"""The presets of CMakePresets.json; programs of each are built and run (slow).

Rounds of use and damaged files by the presets asan and ubsan, the tests of threads by tsan, the
fuzz targets by fuzz, which needs Clang; ten minutes each are for a person to ask for, by
fuzz/run.sh.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from tests.helpers.golden import clip
from tests.helpers.need import need_program

NATIVE = pathlib.Path(__file__).resolve().parents[2] / 'native_client'
FUZZ = NATIVE / 'test' / 'fuzz'
TARGETS = ('model', 'graph', 'tflite', 'scorer', 'grammar', 'feed', 'wav')


def run(*command, **options) -> subprocess.CompletedProcess:
    done = subprocess.run([str(c) for c in command], capture_output=True, **options)
    assert done.returncode == 0, (done.stdout[-2000:] + done.stderr[-3000:]).decode()
    return done


def build_preset(name: str, folder: pathlib.Path, *targets: str) -> pathlib.Path:
    """Build targets (or all) by a preset and return the folder of the programs."""
    run('cmake', '--preset', name, '-B', folder, cwd=NATIVE)
    run('cmake', '--build', folder, '-j2', *(['--target', *targets] if targets else []))
    return folder / 'lib'


def test_every_preset_that_is_written_about_is_there():
    presets = json.loads((NATIVE / 'CMakePresets.json').read_text())
    sanitizers = {p['name']: p['cacheVariables']['DS_SANITIZE']
                  for p in presets['configurePresets']}
    assert sanitizers == {'asan': 'address,undefined', 'ubsan': 'undefined', 'tsan': 'thread',
                          'fuzz': 'address,undefined,fuzzer-no-link'}
    assert {p['configurePreset'] for p in presets['buildPresets']} == set(sanitizers)


def test_every_fuzz_target_is_built_and_run():
    told = (FUZZ / 'CMakeLists.txt').read_text()
    assert all(f'fuzz_{target}' in told for target in TARGETS)
    assert {path.stem for path in FUZZ.glob('*.cc')} == {f'fuzz_{target}' for target in TARGETS}
    in_turn = re.search(r'^for target in (.*); do$', (FUZZ / 'run.sh').read_text(), re.M)[1]
    assert set(in_turn.split()) == set(TARGETS)


@pytest.mark.slow
def test_threads_by_the_thread_sanitizer(golden, shared_data, tmp_path):
    """Many streams of one model, alone and while another thread changes its settings."""
    programs = build_preset('tsan', tmp_path / 'tsan', 'threads_test', 'streams_test')
    scorer = f'{shared_data}/deepspeech/pruned_lm.scorer'
    for kind in ('forward', 'bidirectional'):
        run(programs / 'threads_test', golden / f'{kind}.pbmm', 1, scorer,
            input=clip(0.5).tobytes())
    run(programs / 'streams_test', golden / 'forward.pbmm', 'packed')


@pytest.mark.slow
@pytest.mark.parametrize('preset', ['asan', 'ubsan'])
def test_rounds_and_damage_by_the_other_sanitizers(golden, shared_data, tmp_path, preset):
    """A thousand rounds of load, transcribe, free without a leak; models that were damaged."""
    programs = build_preset(preset, tmp_path / preset, 'rounds_test', 'damage_test', 'kernels_test')
    environment = {**os.environ, 'UBSAN_OPTIONS': 'halt_on_error=1'}
    run(programs / 'kernels_test', env=environment)
    for kind in ('forward', 'bidirectional'):
        run(programs / 'rounds_test', golden / f'{kind}.pbmm', 1000,
            f'{shared_data}/deepspeech/pruned_lm.scorer', input=clip(0.5).tobytes(),
            env=environment)
        for suffix in ('pb', 'pbmm'):
            run(programs / 'damage_test', 'model', golden / f'{kind}.{suffix}', 300,
                env=environment)


@pytest.mark.slow
def test_fuzz_targets_take_their_corpus(tmp_path):
    """Each runs what make_corpus.py writes, and a few seconds of what follows from it."""
    need_program('clang++')
    programs = [f'fuzz_{target}' for target in TARGETS]
    build = build_preset('fuzz', tmp_path / 'fuzz', *programs, 'deepspeech-convert').parent
    corpus = tmp_path / 'corpus'
    path = f'{build / "bin"}{os.pathsep}{os.environ["PATH"]}'  # its deepspeech-convert
    run(sys.executable, FUZZ / 'make_corpus.py', corpus, env={**os.environ, 'PATH': path})
    assert {path.name for path in corpus.iterdir()} == set(TARGETS)
    assert all(len(list((corpus / target).iterdir())) > 1 for target in TARGETS)
    said = run(FUZZ / 'run.sh', build, corpus, 5).stderr.decode()
    done = re.findall(r'^stat::number_of_executed_units: (\d+)$', said, re.M)
    assert len(done) == len(TARGETS)
    for target, number in zip(TARGETS, done):  # the seconds do for more, where the machine is free
        assert int(number) >= len(list((corpus / target).iterdir())), target
    assert not [path for path in corpus.iterdir() if path.is_file()]  # findings
