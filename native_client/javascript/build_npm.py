#!/usr/bin/env python3
"""Build the Node package: what `make npm` runs.

    python native_client/javascript/build_npm.py --into dist [--processor aarch64]

The package has the addon and its libraries for x86-64 and AArch64, made by Zig's Clang for glibc
2.28 or later as the wheels are, and all their sources with a list of how each is compiled: its
install.js builds them where the others do not load.
"""

import argparse
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
NATIVE = os.path.dirname(HERE)
ROOT = os.path.dirname(NATIVE)
sys.path.insert(0, ROOT)

from native_client.portable import PROCESSORS, BuildError, environment, run, zig_in  # noqa: E402

NODE_NAMES = {'x86_64': 'x64', 'aarch64': 'arm64'}  # of the processors
PROGRAMS = {'deepspeech_command', 'deepspeech-convert', 'generate_scorer_package'}
NOT_IN_IT = {'python', 'examples', 'test', 'bench'}  # folders that a build may have besides
# The compiler's run-time library stays outside: many systems have no static one.
HARDENED = ('-fPIC', '-O2', '-Wl,-z,relro', '-Wl,-z,now', '-Wl,-z,noexecstack', '-Wl,--gc-sections',
            '-Wl,-s', '-Wl,-rpath,$ORIGIN')
# The libraries in the order in which they need one another: the folder that has their exports, and
# flags for linking.
LIBRARIES = (
    ('libdskenlm.so', 'kenlm', ('-Wl,-soname,libdskenlm.so', '-lpthread')),
    ('libdeepspeech.so', 'api', ('-Wl,-soname,libdeepspeech.so', '-ldskenlm', '-lpthread')),
    ('deepspeech.node', 'javascript', ('-ldeepspeech', '-ldl', '-lpthread')),
)
# What goes into them: all other folders make up the library itself.
FOLDERS = {'libdskenlm.so': {'kenlm', 'base'}, 'deepspeech.node': {'javascript', 'client', 'base'}}


def is_part(folder: str, library: str) -> bool:
    """Whether a library is made of what is in a folder of native_client."""
    if library in FOLDERS:
        return folder in FOLDERS[library]
    return folder not in {'kenlm', 'javascript', 'client'}


def node_tools(folder: str) -> str:
    """Install what package.json names into a folder and return its node_modules."""
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(HERE, 'package.json'), folder)
    # npm would try for five minutes where no registry answers.
    run('npm', 'install', '--prefix', folder, '--silent', '--no-audit', '--no-fund',
        '--fetch-retries=1', '--fetch-retry-mintimeout=1000')
    return os.path.join(folder, 'node_modules')


@dataclass(frozen=True)
class Compiled:
    """How a source is compiled: its place in the package, and flags.

    Attributes:
        path: where it is.
        file: where it is to be, from src/ on.
        folder: of native_client that it belongs to.
        flags: for any processor.
        extra: for the one that it was configured for.
    """

    path: str
    file: str
    folder: str
    flags: list[str]
    extra: list[str]


class Build:
    """A build for one processor.

    Args:
        folder: of the build.
        headers: folder of node-api-headers' include files.
    """

    def __init__(self, folder: str, headers: str) -> None:
        self.folder, self.headers = os.path.abspath(folder), os.path.abspath(headers)

    def make(self, cmake: str, *settings: str, **variables: str) -> None:
        """Configure and build the addon."""
        run(cmake, '-S', NATIVE, '-B', self.folder, '-DDS_NODE=ON', f'-DDS_NODE_API={self.headers}',
            *settings, **variables)
        run(cmake, '--build', self.folder, '-j', str(os.cpu_count()), '--target', 'deepspeech_node')

    @property
    def results(self) -> list[str]:
        """The addon and its libraries."""
        libraries = os.path.join(self.folder, 'lib')
        return [os.path.join(libraries, 'node', 'deepspeech.node'),
                *(os.path.join(libraries, f'lib{name}.so') for name in ('deepspeech', 'dskenlm'))]

    @property
    def kenlm(self) -> str:
        """KenLM's source."""
        with open(os.path.join(self.folder, 'CMakeCache.txt'), encoding='utf-8') as f:
            for line in f:
                if line.startswith('KENLM_SOURCE_DIR:') and line.strip().partition('=')[2]:
                    return line.strip().partition('=')[2]
        return next(entry.path for entry in os.scandir(self.folder)
                    if entry.name.startswith('kenlm-') and entry.is_dir())

    def moved(self, path: str) -> str:
        """Return where a file or folder of the build is to be in the package, from src/ on."""
        for old, new in ((self.kenlm, 'kenlm-source'), (self.headers, 'node-api'), (NATIVE, '.')):
            if path == old or path.startswith(old + os.sep):
                return os.path.normpath(os.path.join(new, os.path.relpath(path, old)))
        raise BuildError(f'{path} is neither ours nor of KenLM or Node')

    def compiled(self) -> Iterator[Compiled]:
        """Yield the sources of the libraries, as CMake compiles them."""
        with open(os.path.join(self.folder, 'compile_commands.json'), encoding='utf-8') as f:
            listed = json.load(f)
        for entry in listed:
            words = shlex.split(entry['command'])
            target = words[words.index('-o') + 1].split('CMakeFiles/')[1].split('.dir/')[0]
            file = self.moved(entry['file'])
            folder = file.split(os.sep)[0].removesuffix('-source')
            if target in PROGRAMS or folder in NOT_IN_IT:
                continue
            flags = list(self._flags(words))
            yield Compiled(entry['file'], file, folder,
                           [flag for flag in flags if not flag.startswith('-m')],
                           [flag for flag in flags if flag.startswith('-m')])

    def _flags(self, words: list[str]) -> Iterator[str]:
        """Yield the words of a command that say how to compile, with the package's folders."""
        words = words[next(i for i, word in enumerate(words) if word.startswith('-D')):]
        takes_next = ''
        for word in words:
            if takes_next:
                if takes_next == '-isystem':
                    yield from (takes_next, self.moved(word))
                takes_next = ''
            elif word in ('-o', '-c', '-target', '-isystem'):
                takes_next = word
            elif word.startswith('-I'):
                yield '-I' + self.moved(word[2:])
            elif not word.startswith('-W'):
                yield word


def copy_sources(build: Build, sources: list[Compiled], package: str) -> None:
    """Copy what the libraries are compiled from."""
    into = os.path.join(package, 'src')
    headers = [os.path.join(NATIVE, 'deepspeech.h')]
    folders = {os.path.join(NATIVE, source.folder) for source in sources}
    folders |= {os.path.join(build.kenlm, 'lm'), os.path.join(build.kenlm, 'util'),
                os.path.join(build.kenlm, 'util', 'double-conversion'), build.headers}
    for folder in sorted(folders):
        headers += [os.path.join(folder, name) for name in sorted(os.listdir(folder))
                    if name.endswith(('.h', '.hh', '.inc', '.map'))]
    kenlms = [os.path.join(build.kenlm, 'lm', name) for name in ('search_trie.cc', 'trie.cc')]
    kenlms += [os.path.join(build.kenlm, 'util', name) for name in ('file.cc', 'mmap.cc')]
    for path in [*headers, *kenlms, *(source.path for source in sources)]:
        target = os.path.join(into, build.moved(path))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(path, target)
    licences = os.path.join(package, 'licences')
    os.makedirs(licences)
    for name in ('LICENSE', 'COPYING'):
        shutil.copyfile(os.path.join(build.kenlm, name), os.path.join(licences, f'KENLM-{name}'))
    shutil.copy(os.path.join(NATIVE, 'kenlm', 'KENLM-SOURCE.txt'), licences)


def write_list(builds: dict[str, Build], package: str) -> None:
    """Write src/sources.json: how to make the libraries, for each processor and for others."""
    listed = {}
    for name, build in [*builds.items(), ('other', next(iter(builds.values())))]:
        sources = list(build.compiled())
        listed[name] = {
            'files': [{'file': source.file, 'flags': source.flags,
                       'extra': [] if name == 'other' else source.extra} for source in sources],
            'libraries': [{'name': library, 'flags': [
                *HARDENED, f'-Wl,--version-script={exports}/exports.map', *flags], 'files': [
                    source.file for source in sources if is_part(source.folder, library)]}
                for library, exports, flags in LIBRARIES]}
    with open(os.path.join(package, 'src', 'sources.json'), 'w', encoding='utf-8') as f:
        json.dump(listed, f, indent=1)


def stage(builds: dict[str, Build], package: str) -> None:
    """Lay the package out in a folder, given a build for each of Node's names of processors."""
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(os.path.join(HERE, 'package'), package)
    shutil.copy(os.path.join(ROOT, 'LICENSE'), package)
    with open(os.path.join(ROOT, 'VERSION'), encoding='utf-8') as f:
        version = f.read().strip()
    described = os.path.join(package, 'package.json')
    with open(described, encoding='utf-8') as f:
        description = {**json.load(f), 'version': version}
    with open(described, 'w', encoding='utf-8') as f:
        json.dump(description, f, indent=2)
    for name, build in builds.items():
        folder = os.path.join(package, 'prebuilt', f'linux-{name}')
        os.makedirs(folder)
        for path in build.results:
            shutil.copy(path, folder)
    first = next(iter(builds.values()))
    copy_sources(first, list(first.compiled()), package)
    write_list(builds, package)


def main() -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--into', metavar='DIR', required=True, help='folder for the package')
    parser.add_argument('--processor', choices=PROCESSORS, action='append',
                        help='build for this processor only')
    parser.add_argument('--work', metavar='DIR', default=os.path.join(NATIVE, 'build-wheels'),
                        help='folder kept between builds (default: %(default)s)')
    options = parser.parse_args()
    work = os.path.abspath(options.work)
    try:
        if not shutil.which('npm'):
            raise BuildError('there is no npm here: install Node')
        tools = environment(os.path.join(work, 'tools'), sys.executable, '-r',
                            os.path.join(ROOT, 'requirements-wheels.txt'), 'cmake>=3.26')
        zig = zig_in(tools)
        headers = os.path.join(node_tools(os.path.join(work, 'node')), 'node-api-headers',
                               'include')
        builds = {}
        for processor in options.processor or PROCESSORS:
            build = Build(os.path.join(work, f'node-{processor}'), headers)
            build.make(os.path.join(os.path.dirname(tools), 'cmake'),
                       f'-DCMAKE_TOOLCHAIN_FILE={os.path.join(NATIVE, "zig.cmake")}',
                       ZIG=zig, ZIG_PROCESSOR=processor)
            builds[NODE_NAMES[processor]] = build
        package = os.path.join(work, 'package')
        stage(builds, package)
        os.makedirs(options.into, exist_ok=True)
        run('npm', 'pack', package, '--silent', '--pack-destination', options.into)
    except BuildError as e:
        print(f'E {e}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
