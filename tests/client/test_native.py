"""The installed library as C and C++ programs find it, the examples, and the Makefile."""

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / 'native_client' / 'examples'
FIRST = 'espeak_000.wav'


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600,
                          **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done


def make(build, *arguments):  # noqa: F811
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ['PATH']])
    return run('make', '-C', ROOT / 'native_client', f'BUILD={build.parent}', 'JOBS=2', *arguments,
               env={**os.environ, 'PATH': path})


@pytest.fixture(scope='module')
def installed(build, tmp_path_factory) -> pathlib.Path:  # noqa: F811
    """A folder that `make install` wrote to."""
    prefix = tmp_path_factory.mktemp('prefix')
    make(build, 'install', f'PREFIX={prefix}')
    return prefix


def compile_example(installed, source, program, *flags):
    found = run('pkg-config', '--cflags', '--libs', 'deepspeech', env={
        **os.environ, 'PKG_CONFIG_PATH': str(next(installed.glob('lib*/pkgconfig')))})
    library = next(installed.glob('lib*/libdeepspeech.so')).parent
    run(*flags, '-Wall', '-Wextra', '-Werror', source, '-o', program, *found.stdout.split(),
        f'-Wl,-rpath,{library}')


def samples(compat, name=FIRST) -> bytes:
    return (compat / 'audio' / name).read_bytes()[44:]


def test_c_example(installed, compat, expected, tmp_path):
    if not shutil.which('pkg-config'):
        pytest.skip('needs pkg-config')
    compile_example(installed, EXAMPLES / 'transcribe.c', tmp_path / 'c', 'cc', '-std=c99',
                    '-pedantic')
    done = subprocess.run([tmp_path / 'c', compat / 'model256.pbmm'], input=samples(compat),
                          capture_output=True)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0 and lines[0] == expected[FIRST]
    assert [line.split()[2] for line in lines[1:]] == expected[FIRST].split()
    failed = subprocess.run([tmp_path / 'c', tmp_path / 'none'], capture_output=True, input=b'')
    assert failed.returncode == 1 and b'(0x' in failed.stderr


def test_cpp_class_of_2017(installed, compat, expected, golden, tmp_path):  # noqa: F811
    if not shutil.which('pkg-config'):
        pytest.skip('needs pkg-config')
    compile_example(installed, EXAMPLES / 'transcribe_2017.cc', tmp_path / 'c', 'c++', '-std=c++17')
    done = subprocess.run([tmp_path / 'c', compat / 'model256.pbmm'], input=samples(compat),
                          capture_output=True)
    stt, infer, shape = done.stdout.decode().splitlines()
    assert stt == infer == expected[FIRST]
    assert shape.split()[1] == '494'
    done = subprocess.run([tmp_path / 'c', golden / 'bidirectional.pb'], input=samples(compat),
                          capture_output=True)
    stt, infer, shape = done.stdout.decode().splitlines()
    assert stt == infer


def test_python_example(ds, compat, expected, environment):
    done = run(sys.executable, EXAMPLES / 'transcribe.py', compat / 'model256.pbmm',
               compat / 'audio' / FIRST, env=environment)
    assert [line.split()[3] for line in done.stdout.splitlines()] == expected[FIRST].split()
    assert len(set(done.stderr.splitlines())) > 5  # the text grew


def test_installed_files_and_uninstall(build, installed):  # noqa: F811
    names = {path.name for path in installed.rglob('*') if path.is_file()}
    assert {'deepspeech', 'libdeepspeech.so', 'libdskenlm.so', 'deepspeech.h', 'deepspeech.hpp',
            'deepspeech.pc', 'LICENSE', 'KENLM-LICENSE'} <= names
    program = installed / 'bin' / 'deepspeech'
    assert run(program, '--version').stdout.split()[1] == (ROOT / 'VERSION').read_text().strip()


def test_soname_and_exports(installed):
    library = next(installed.glob('lib*/libdeepspeech.so'))
    dynamic = run('readelf', '-d', library).stdout
    assert 'Library soname: [libdeepspeech.so]' in dynamic
    needed = [line.split('[')[1].rstrip(']') for line in dynamic.splitlines() if '(NEEDED)' in line]
    assert not any('stdc++' in name or 'tensorflow' in name for name in needed)
    symbols = run('nm', '-D', '--defined-only', library).stdout.split('\n')
    defined = {line.split()[2] for line in symbols if line and line.split()[1] in 'TWDBRVi'}
    assert len(defined) >= 28 and all(name.startswith('DS_') for name in defined)


def test_package_runs_where_it_is_unpacked(build, compat, expected, tmp_path):  # noqa: F811
    make(build, 'package', f'PACKAGE={tmp_path}/native_client.tar.xz')
    with tarfile.open(tmp_path / 'native_client.tar.xz') as archive:
        if hasattr(tarfile, 'data_filter'):  # from Python 3.10.12 and 3.11.4 on
            archive.extractall(tmp_path, filter='data')
        else:
            archive.extractall(tmp_path)
    folder = tmp_path / 'native_client'
    assert {'deepspeech', 'libdeepspeech.so', 'libdskenlm.so', 'deepspeech.h', 'LICENSE',
            'KENLM-LICENSE'} <= {path.name for path in folder.iterdir()}
    done = run(folder / 'deepspeech', compat / 'model256.pbmm', compat / 'audio' / FIRST)
    assert done.stdout == expected[FIRST] + '\n'


def test_uninstall_removes_what_install_wrote(build, tmp_path):  # noqa: F811
    make(build, 'install', f'PREFIX={tmp_path}')
    assert list(tmp_path.glob('bin/deepspeech'))
    make(build, 'package', f'PACKAGE={tmp_path}.tar.xz')  # is not taken for an installation
    make(build, 'uninstall')
    assert not [path for path in tmp_path.rglob('*') if path.is_file() or path.name == 'deepspeech']
    again = subprocess.run(['make', '-C', ROOT / 'native_client', f'BUILD={build.parent}',
                            'uninstall'], capture_output=True, text=True)
    assert again.returncode != 0 and 'nothing was installed' in again.stderr


def test_run_and_a_wrong_target(build, compat, expected):  # noqa: F811
    done = make(build, '-s', 'run',
                f'ARGS={compat}/model256.pbmm {compat}/audio/{FIRST}')
    assert expected[FIRST] in done.stdout
    wrong = subprocess.run(['make', '-C', ROOT / 'native_client', 'TARGET=toaster'],
                           capture_output=True, text=True)
    assert wrong.returncode == 2 and 'expected host or aarch64' in wrong.stderr
