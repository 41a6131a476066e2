"""The installed library as C and C++ programs find it, the examples, and the Makefile."""

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

import pytest

from tests.helpers.alone import alone
from tests.helpers.need import need_program

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / 'native_client' / 'examples'
FIRST = 'espeak_000.wav'


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600,
                          **options)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done


def make(build, *arguments):
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ['PATH']])
    with alone(build.parent.with_suffix('.lock')):  # none may configure it meanwhile
        return run('make', '-C', ROOT / 'native_client', f'BUILD={build.parent}', 'JOBS=2',
                   *arguments, env={**os.environ, 'PATH': path})


@pytest.fixture(scope='module')
def installed(build, tmp_path_factory) -> pathlib.Path:
    """Return a folder that `make install` wrote to."""
    prefix = tmp_path_factory.mktemp('prefix')
    make(build, 'install', f'PREFIX={prefix}')
    return prefix


def compile_example(installed, source, program, *flags):
    found = run('pkg-config', '--cflags', '--libs', 'deepspeech', env={
        **os.environ, 'PKG_CONFIG_PATH': str(next(installed.glob('lib*/pkgconfig')))})
    library = next(installed.glob('lib*/libdeepspeech.so')).parent
    run(*flags, '-Wall', '-Wextra', '-Werror',
        '-DDEEPSPEECH_CHECKED=__attribute__((warn_unused_result))', source, '-o', program,
        *found.stdout.split(), f'-Wl,-rpath,{library}')


def samples(compat, name=FIRST) -> bytes:
    return (compat / 'audio' / name).read_bytes()[44:]


def test_c_example(installed, compat, expected, tmp_path):
    need_program('pkg-config')
    compile_example(installed, EXAMPLES / 'transcribe.c', tmp_path / 'c', 'cc', '-std=c99',
                    '-pedantic')
    done = subprocess.run([tmp_path / 'c', compat / 'model256.pbmm'], input=samples(compat),
                          capture_output=True)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0 and lines[0] == expected[FIRST]
    assert [line.split()[2] for line in lines[1:]] == expected[FIRST].split()
    failed = subprocess.run([tmp_path / 'c', tmp_path / 'none'], capture_output=True, input=b'')
    assert failed.returncode == 1 and b'(0x' in failed.stderr


def test_cpp_class_of_2017(installed, compat, expected, golden, tmp_path):
    need_program('pkg-config')
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


FEATURES_2017 = r"""
#include <cstdio>
#include <vector>
#include "deepspeech.hpp"

int Code(void (*work)(DeepSpeech::Model&), const char* path, int context) {
  try {
    DeepSpeech::Model model(path, 26, context);
    work(model);
    return 0;
  } catch (const DeepSpeech::Error& e) {
    return e.code();
  }
}

int main(int, char** argv) {
  std::vector<short> samples(1 << 20);
  samples.resize(std::fread(samples.data(), 2, samples.size(), stdin));
  float* vectors;
  int frames, length;
  DeepSpeech::audioToInputVector(samples.data(), static_cast<unsigned>(samples.size()), 16000, 26,
                                 9, &vectors, &frames, &length);
  std::fwrite(vectors, sizeof(float), static_cast<std::size_t>(frames) * length, stdout);
  std::free(vectors);
  const auto nothing = [](DeepSpeech::Model&) {};
  const auto other_rate = [](DeepSpeech::Model& model) { std::free(model.stt(nullptr, 0, 8000)); };
  const auto other_width = [](DeepSpeech::Model& model) {
    const float row[5] = {};
    std::free(model.infer(row, 1, 5));
  };
  const char* model = argv[1];
  std::fprintf(stderr, "%x %x %x %x %x", Code(nothing, "/nowhere", 9), Code(nothing, model, 9),
               Code(nothing, model, 4), Code(other_rate, model, 9), Code(other_width, model, 9));
}
"""


def test_features_and_failures_of_the_cpp_interface(installed, ds, compat, tmp_path):
    from deepspeech.utils import audioToInputVector

    need_program('pkg-config')
    (tmp_path / 'c.cc').write_text(FEATURES_2017)
    compile_example(installed, tmp_path / 'c.cc', tmp_path / 'c', 'c++', '-std=c++17')
    done = subprocess.run([tmp_path / 'c', compat / 'model256.pbmm'], input=samples(compat),
                          capture_output=True)
    told = audioToInputVector(samples(compat), 16000, 26, 9)
    assert done.returncode == 0 and done.stdout == told.tobytes() and len(told) > 50
    assert done.stderr == b'3000 0 2001 2003 3003'


def test_python_example(ds, compat, expected, environment):
    done = run(sys.executable, EXAMPLES / 'transcribe.py', compat / 'model256.pbmm',
               compat / 'audio' / FIRST, env=environment)
    assert [line.split()[3] for line in done.stdout.splitlines()] == expected[FIRST].split()
    assert len(set(done.stderr.splitlines())) > 5  # the text grew


def test_installed_files_and_uninstall(build, installed):
    names = {path.name for path in installed.rglob('*') if path.is_file()}
    assert {'deepspeech', 'deepspeech-convert', 'generate_scorer_package', 'libdeepspeech.so',
            'libdskenlm.so', 'deepspeech.h', 'deepspeech.hpp', 'deepspeech.pc', 'LICENSE',
            'KENLM-LICENSE'} <= names
    assert run(installed / 'bin' / 'generate_scorer_package', '--help').stdout
    program = installed / 'bin' / 'deepspeech'
    version = (ROOT / 'VERSION').read_text().strip()
    assert run(program, '--version').stdout.split()[1] == version
    found = run('pkg-config', '--modversion', 'deepspeech', env={
        **os.environ, 'PKG_CONFIG_PATH': str(next(installed.glob('lib*/pkgconfig')))})
    assert found.stdout.strip() == version


def test_soname_and_exports(installed):
    library = next(installed.glob('lib*/libdeepspeech.so'))
    dynamic = run('readelf', '-d', library).stdout
    assert 'Library soname: [libdeepspeech.so]' in dynamic
    needed = [line.split('[')[1].rstrip(']') for line in dynamic.splitlines() if '(NEEDED)' in line]
    assert not any('stdc++' in name or 'tensorflow' in name for name in needed)
    symbols = run('nm', '-D', '--defined-only', library).stdout.split('\n')
    defined = {line.split()[2] for line in symbols if line and line.split()[1] in 'TWDBRVi'}
    assert len(defined) >= 28 and all(name.startswith('DS_') for name in defined)


def test_package_runs_where_it_is_unpacked(build, compat, expected, tmp_path):
    make(build, 'package', f'PACKAGE={tmp_path}/native_client.tar.xz')
    folder = tmp_path / 'unpacked'
    with tarfile.open(tmp_path / 'native_client.tar.xz') as archive:
        names = archive.getnames()
        if hasattr(tarfile, 'data_filter'):  # from Python 3.10.12 and 3.11.4 on
            archive.extractall(folder, filter='data')
        else:
            archive.extractall(folder)
    assert {'deepspeech', 'deepspeech-convert', 'generate_scorer_package', 'libdeepspeech.so',
            'libdskenlm.so', 'deepspeech.h', 'LICENSE', 'KENLM-LICENSE'} <= set(names)
    assert not [name for name in names if '/' in name]  # flat, as 0.9.3's was
    done = run(folder / 'deepspeech', compat / 'model256.pbmm', compat / 'audio' / FIRST)
    assert done.stdout == expected[FIRST] + '\n'
    assert run(folder / 'generate_scorer_package', '--help').stdout


def test_uninstall_removes_what_install_wrote(build, tmp_path):
    make(build, 'install', f'PREFIX={tmp_path}')
    assert list(tmp_path.glob('bin/deepspeech'))
    make(build, 'package', f'PACKAGE={tmp_path}.tar.xz')  # is not taken for an installation
    make(build, 'uninstall')
    assert not [path for path in tmp_path.rglob('*') if path.is_file() or path.name == 'deepspeech']
    again = subprocess.run(['make', '-C', ROOT / 'native_client', f'BUILD={build.parent}',
                            'uninstall'], capture_output=True, text=True)
    assert again.returncode != 0 and 'nothing was installed' in again.stderr


def test_an_installation_in_a_folder_of_a_package(build, tmp_path):
    staged = f'DESTDIR={tmp_path}'
    make(build, 'install', staged, 'PREFIX=/usr')
    assert run(tmp_path / 'usr' / 'bin' / 'deepspeech', '--version').stdout
    assert 'ar-commands' in run(tmp_path / 'usr' / 'bin' / 'deepspeech', '--list_models').stdout
    make(build, 'uninstall', staged)
    assert not [path for path in tmp_path.rglob('*') if path.is_file()]


def test_clean_removes_what_was_built_and_nothing_else(tmp_path):
    shutil.copy(ROOT / 'native_client' / 'Makefile', tmp_path)
    built = ['build-host/lib/a.so', 'build-aarch64/b', 'build-debug/c', 'build-wheels/d',
             'native_client.tar.xz']
    for name in [*built, 'engine/engine.cc', 'build.txt']:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('')
    run('make', '-C', tmp_path, 'clean')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['Makefile', 'build.txt', 'engine']


@pytest.fixture
def sources(tmp_path) -> pathlib.Path:
    """Copy native_client to a folder to build in."""
    for name in ('VERSION', 'LICENSE'):
        shutil.copy(ROOT / name, tmp_path)
    return shutil.copytree(ROOT / 'native_client', tmp_path / 'native_client',
                           ignore=shutil.ignore_patterns('build-*', '*.xz'))


@pytest.mark.slow
def test_default_target_and_debug(sources, compat, expected):
    """`make` alone, and `make debug`: assertions and symbols, the same text."""
    for target, folder in (([], 'build-host'), (['debug'], 'build-debug')):
        run('make', '-C', sources, 'JOBS=2', *target)
        done = run(sources / folder / 'bin' / 'deepspeech', compat / 'model256.pbmm',
                   compat / 'audio' / FIRST)
        assert done.stdout == expected[FIRST] + '\n'
    assert '-O2' not in (sources / 'build-debug' / 'compile_commands.json').read_text()


@pytest.mark.slow
def test_cross_built_command_under_qemu(sources, compat, expected):
    """`make TARGET=aarch64` with Debian's compiler."""
    qemu = need_program('qemu-aarch64', 'aarch64-linux-gnu-g++')
    run('make', '-C', sources, 'JOBS=2', 'TARGET=aarch64')
    program = sources / 'build-aarch64' / 'bin' / 'deepspeech'
    assert 'AArch64' in run('readelf', '-h', program).stdout
    done = run(qemu, '-L', '/usr/aarch64-linux-gnu', program, compat / 'model256.pbmm',
               compat / 'audio' / FIRST)
    assert done.stdout == expected[FIRST] + '\n'


def test_run_and_a_wrong_target(build, compat, expected):
    done = make(build, '-s', 'run',
                f'ARGS={compat}/model256.pbmm {compat}/audio/{FIRST}')
    assert expected[FIRST] in done.stdout
    wrong = subprocess.run(['make', '-C', ROOT / 'native_client', 'TARGET=toaster'],
                           capture_output=True, text=True)
    assert wrong.returncode == 2 and 'expected host or aarch64' in wrong.stderr
