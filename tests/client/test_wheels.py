"""The portable wheels of `make bindings`: old systems, all Pythons, another processor (slow).

AArch64 runs under QEMU (Debian: gcc-aarch64-linux-gnu, qemu-user).
"""

import importlib.util
import os
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

import pytest

from tests.helpers.elf import OLDEST, check_portable, needs, readelf
from tests.helpers.need import need_module, need_program, only_where

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / 'native_client' / 'python' / 'build_wheels.py'
FIRST = 'espeak_000.wav'


def run(*command, **options) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_modules_show_one_function_and_need_no_cxx_library(ds):
    modules = list(pathlib.Path(ds.__file__).parents[1].glob('*/_*.so'))
    modules = [m for m in modules if m.parent.name in ('deepspeech', 'ds_ctcdecoder')]
    assert len(modules) == 2
    for module in modules:
        shown = run('nm', '-D', '--defined-only', module).split()[2::3]
        assert shown == [f'PyInit_{module.name.split(".")[0]}']
        assert not [name for name in needs(module) if not name.startswith('GLIBC_')]


def test_a_python_that_is_none_is_named(tmp_path):
    done = subprocess.run([sys.executable, SCRIPT, '--into', tmp_path, '--python', 'python2'],
                          capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr == "E 'python2' is not a Python from 3.10 to 3.13\n"


@pytest.fixture(scope='module')
def wheels(tmp_path_factory) -> dict[str, pathlib.Path]:
    """Run `make bindings`; return its wheels by Python and processor: cp311-abi3 x86_64."""
    folder = tmp_path_factory.mktemp('dist')
    run('make', '-C', ROOT / 'native_client', 'bindings', f'DIST={folder}',
        f'PYTHON={sys.executable}')
    made = {}
    for wheel in folder.iterdir():
        _, _, python, abi, platforms = wheel.stem.split('-')
        processor = re.fullmatch(r'.*manylinux_\d+_\d+_(\w+)', platforms)[1]
        made[f'{python}-{abi} {processor}'] = wheel
    return made


@pytest.fixture(scope='module')
def unpacked(wheels, tmp_path_factory) -> dict[str, pathlib.Path]:
    folders = {}
    for name, wheel in wheels.items():
        folders[name] = tmp_path_factory.mktemp(name.replace(' ', '-'))
        zipfile.ZipFile(wheel).extractall(folders[name])
    return folders


def find_python(version: str) -> str | None:
    spec = importlib.util.spec_from_file_location('build_wheels', SCRIPT)
    script = importlib.util.module_from_spec(spec)
    sys.modules['build_wheels'] = script
    spec.loader.exec_module(script)
    found = script.find_interpreter((version,))
    return found and found.program


@pytest.mark.slow
def test_both_processors_have_a_small_wheel_for_each_python(wheels):
    expected = {f'cp311-abi3 {processor}' for processor in ('x86_64', 'aarch64')}
    if find_python('3.10'):
        expected |= {f'cp310-cp310 {processor}' for processor in ('x86_64', 'aarch64')}
    assert set(wheels) == expected
    for wheel in wheels.values():
        with zipfile.ZipFile(wheel) as archive:
            sizes = {info.filename: info.compress_size for info in archive.infolist()}
        models = {name for name in sizes if name.startswith('deepspeech/models/')}
        assert sum(sizes[name] for name in sizes.keys() - models) < 3e6
        assert models and sum(sizes[name] for name in models) < 12e6
        named = re.findall(r'manylinux_(\d+)_(\d+)', wheel.stem)
        assert min(tuple(map(int, version)) for version in named) <= OLDEST


@pytest.mark.slow
def test_libraries_run_on_glibc_2_28(unpacked):
    for name, folder in unpacked.items():
        libraries = sorted(folder.rglob('*.so'))
        assert [library.name.split('.')[0] for library in libraries] == [
            '_impl', 'libdeepspeech', 'libdskenlm', '_swigwrapper']
        for library in libraries:
            check_portable(library, name.split()[1])
        told = readelf('-d', folder / 'deepspeech' / 'libdeepspeech.so')
        assert 'soname: [libdeepspeech.so]' in told
        assert 'Shared library: [libdskenlm.so]' in told
        assert {'KENLM-LICENSE', 'KENLM-SOURCE.txt'} <= {
            path.name for path in (folder / 'deepspeech' / 'licences').iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize('version', ['3.10', '3.11', '3.12', '3.13'])
def test_wheel_in_an_empty_environment(wheels, command, compat, tmp_path, version):
    """It says what the ordinary build says, to the last digit, with the same kernels."""
    python = find_python(version)
    only_where(python and platform.machine() == 'x86_64', f'Python {version} on x86-64')
    run(python, '-m', 'venv', tmp_path / 'venv')
    folder = tmp_path / 'venv' / 'bin'
    wheel = wheels['cp310-cp310 x86_64' if version == '3.10' else 'cp311-abi3 x86_64']
    run(folder / 'python', '-m', 'pip', 'install', '--no-index', wheel)
    arguments = ['--json', '--json_style', 'cpp', '--model', compat / 'model256.pbmm', '--audio',
                 compat / 'audio']
    empty = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    assert run(folder / 'deepspeech', *arguments, env=empty) == command(*arguments).stdout
    kernels = run(folder / 'python', '-c', 'import sys, deepspeech\n'
                  'print(deepspeech.Model(sys.argv[1]).info.instruction_set)',
                  compat / 'model256.pbmm', env=empty)
    ours = need_module('deepspeech').Model(str(compat / 'model256.pbmm'))
    assert kernels.strip() == ours.info.instruction_set


@pytest.mark.slow
def test_aarch64_library_transcribes_under_qemu(unpacked, build, compat, tmp_path):
    compiler, qemu = need_program('aarch64-linux-gnu-gcc'), need_program('qemu-aarch64')
    libraries = unpacked['cp311-abi3 aarch64'] / 'deepspeech'
    probe = tmp_path / 'api_probe'
    run(compiler, '-std=c99', f'-I{ROOT}/native_client', ROOT / 'native_client/test/api_probe.c',
        f'-L{libraries}', '-ldeepspeech', f'-Wl,-rpath,{libraries}', '-o', probe)
    samples = (compat / 'audio' / FIRST).read_bytes()[44:]

    def ask(*command) -> list[str]:
        return subprocess.run([*command, compat / 'model256.pbmm', 'results=3'], input=samples,
                              capture_output=True, check=True).stdout.decode().splitlines()
    assert ask(qemu, '-L', '/usr/aarch64-linux-gnu', probe) == ask(build / 'api_probe')
