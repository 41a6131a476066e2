"""The language model programs, built on first use and kept in the user's cache folder.

    lmplz, build_binary, filter      KenLM's: estimate, make binary, cut to a vocabulary
    generate_scorer_package          ours: language model + vocabulary -> .scorer

Building needs a C++ compiler; KenLM's three also need Boost, the headers and libraries that
Debian and Ubuntu carry. Nothing is installed anywhere else.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from glob import glob

from util import log
from util.errors import UserError
from util.progress import progress

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NATIVE = os.path.join(ROOT, 'native_client')

BOOST_PACKAGES = 'libboost-program-options-dev libboost-thread-dev libboost-system-dev'
BOOST_LIBRARIES = ['-lboost_program_options', '-lboost_thread', '-lboost_system']
MAX_ORDER = 6  # the same as in native_client/kenlm: what is estimated must be readable

# What each program is linked from besides the query library: folders of KenLM, its main file.
KENLM_PROGRAMS = {
    'lmplz': (['util/stream', 'lm/common', 'lm/builder'], 'lm/builder/lmplz_main.cc'),
    'build_binary': ([], 'lm/build_binary_main.cc'),
    'filter': (['lm/filter'], 'lm/filter/filter_main.cc'),
}
QUERY_FOLDERS = ['util', 'util/double-conversion', 'lm']
OURS = 'generate_scorer_package'


class MissingToolError(UserError):
    """What a program is built with is not installed; the message says how to get it."""


def cache_folder() -> str:
    """Return the folder of built programs, one for each KenLM they are built from."""
    base = os.environ.get('XDG_CACHE_HOME') or os.path.join(os.path.expanduser('~'), '.cache')
    kenlm = digest(os.environ.get('KENLM_SOURCE_DIR', '').encode(),
                   read(os.path.join(NATIVE, 'kenlm', 'fetch_kenlm.py')))
    return os.path.join(base, 'deepspeech', f'lm-tools-{kenlm}')


def tool_path(name: str) -> str:
    """Return a program's path once built; ours is rebuilt when its sources change."""
    if name == OURS:
        name += '-' + digest(*map(read, native_files('*.[ch]*')))
    return os.path.join(cache_folder(), name)


def native_files(pattern: str) -> list[str]:
    """Return the files of native_client that generate_scorer_package is built from."""
    return sorted(path for folder in ('base', 'kenlm', 'scorer')
                  for path in glob(os.path.join(NATIVE, folder, pattern)))


def digest(*parts: bytes) -> str:
    """Return a short name for contents."""
    return hashlib.sha256(b'\0'.join(parts)).hexdigest()[:16]


def read(path: str) -> bytes:
    """Return the contents of a file."""
    with open(path, 'rb') as f:
        return f.read()


def find_tool(name: str, kenlm_bins: str = '') -> str:
    """Return the path of a program, and build it if need be.

    Args:
        name: one of the names at the top of this file.
        kenlm_bins: the user's own folder of KenLM programs, which is then the only place.
    """
    if kenlm_bins and name != OURS:
        path = os.path.join(kenlm_bins, name)
        if not os.access(path, os.X_OK):
            raise UserError(f'{path!r} is not a program: --kenlm_bins is the folder of '
                            'lmplz, build_binary and filter (omit it to have them built)')
        return path
    path = tool_path(name)
    if not os.access(path, os.X_OK):
        build_tool(name)
    return path


def build_tool(name: str) -> None:
    """Compile and link one program into the cache folder."""
    os.makedirs(cache_folder(), exist_ok=True)
    if name in ('lmplz', 'filter'):
        check_boost(name)
    kenlm = kenlm_source(cache_folder())
    log.info(f'Building {name} into {cache_folder()}; this happens only once.')
    if name == OURS:
        build_over_scorer(glob(os.path.join(NATIVE, 'scorer', OURS + '.cc')), tool_path(name))
        return
    folders, main = KENLM_PROGRAMS[name]
    sources = [*query_sources(kenlm), os.path.join(kenlm, main)]
    sources += [s for sub in folders for s in cc_files(os.path.join(kenlm, sub))]
    build(sources, tool_path(name), [] if name == 'build_binary' else BOOST_LIBRARIES)


def query_sources(kenlm: str) -> list[str]:
    """Return the sources of KenLM's query library."""
    return [s for sub in QUERY_FOLDERS for s in cc_files(os.path.join(kenlm, sub))]


def build_over_scorer(sources: list[str], made: str, more: Sequence[str] = ()) -> None:
    """Build a program of ours that stands on native_client/scorer and the folders below it.

    Args:
        sources: what is compiled beside these two.
        made: the program's path.
        more: further options of the compiler.
    """
    kenlm = kenlm_source(cache_folder())
    guarded = tuple(os.path.join(*name) for name in (('util', 'file.cc'), ('util', 'mmap.cc'),
                                                     ('lm', 'trie.cc')))
    layer = [s for s in native_files('*.cc') if not s.endswith(OURS + '.cc')]
    build([s for s in query_sources(kenlm) if not s.endswith(guarded)] + layer + sources,
          made, [], more)


def build(sources: list[str], made: str, libraries: list[str], more: Sequence[str] = ()) -> None:
    """Compile and link `made`; objects stay in the cache folder for the next program."""
    compiler = find_compiler(os.path.basename(made))
    options = ['-O2', '-DNDEBUG', f'-DKENLM_MAX_ORDER={MAX_ORDER}', '-DHAVE_CLOCKGETTIME',
               f'-I{kenlm_source(cache_folder())}', f'-I{NATIVE}', '-std=c++17', '-w',
               *more]
    with tempfile.TemporaryDirectory(dir=cache_folder()) as work:
        objects = compile_all(compiler, options, sources, work)
        fresh = os.path.join(work, 'program')
        call([compiler, '-o', fresh, *more, *objects, *libraries, '-lpthread'],
             f'{made} cannot be linked')
        os.replace(fresh, made)


def find_compiler(name: str) -> str:
    """Return the C++ compiler: $CXX, g++ or c++."""
    compiler = os.environ.get('CXX') or shutil.which('g++') or shutil.which('c++')
    if not compiler:
        raise MissingToolError(f'{name} is built on first use, which needs a C++ compiler: '
                               'install one (Debian, Ubuntu: apt-get install g++)')
    return compiler


def cc_files(folder: str) -> list[str]:
    """Return the library sources in a folder of KenLM: no tests, no main files."""
    return sorted(p for p in glob(os.path.join(folder, '*.cc'))
                  if not p.endswith(('_test.cc', '_main.cc', '_benchmark.cc')))


def compile_all(compiler: str, options: list[str], sources: list[str], work: str) -> list[str]:
    """Compile the sources that have changed, one on each processor."""
    kept = os.path.join(cache_folder(), 'objects')
    os.makedirs(kept, exist_ok=True)
    ours = digest(*map(read, native_files('*.h'))).encode()

    def compile_one(source: str) -> str:
        key = digest(source.encode(), read(source), ' '.join(options).encode(),
                     os.environ.get('CXX', '').encode(),
                     b'' if source.startswith(cache_folder()) else ours)
        made = os.path.join(kept, f'{os.path.basename(source)}.{key}.o')
        if not os.path.exists(made):
            fresh = os.path.join(work, os.path.basename(made))
            call([compiler, *options, '-c', source, '-o', fresh],
                 f'{source} cannot be compiled')
            os.replace(fresh, made)
        return made

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(progress(pool.map(compile_one, sources), total=len(sources), label='compile'))


def check_boost(name: str) -> None:
    """Raise a UserError with the packages' names unless a program with Boost compiles and links."""
    with tempfile.TemporaryDirectory() as work:
        source = os.path.join(work, 'boost.cc')
        with open(source, 'w') as f:
            f.write('#include <boost/program_options.hpp>\n#include <boost/thread/thread.hpp>\n'
                    'int main() { boost::program_options::options_description all; '
                    'return boost::thread::hardware_concurrency() < 0; }\n')
        done = subprocess.run([find_compiler(name), '-w', source, '-o', os.path.join(work, 'a.out'),
                               *BOOST_LIBRARIES, '-lpthread'], capture_output=True)
    if done.returncode:
        raise MissingToolError(f"{name} is built on first use, which needs Boost's headers and "
                               'libraries: install them (Debian, Ubuntu: apt-get install '
                               f'{BOOST_PACKAGES})')


def kenlm_source(folder: str) -> str:
    """Return KenLM's source tree, fetched by the script that CMake uses too."""
    spec = importlib.util.spec_from_file_location(
        'fetch_kenlm', os.path.join(NATIVE, 'kenlm', 'fetch_kenlm.py'))
    assert spec and spec.loader
    fetch_kenlm = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fetch_kenlm)
    try:
        return fetch_kenlm.fetch(folder)
    except fetch_kenlm.NoSource as e:
        raise UserError(str(e)) from e


def call(command: list[str], problem: str) -> None:
    """Run a compiler; its first error becomes the message."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if 'error' in line]
        raise UserError(f'{problem}: {(errors or done.stderr.splitlines() or [""])[0]}')
