#!/usr/bin/env python3
"""Build portable wheels of the native client: what `make bindings` runs.

    python native_client/python/build_wheels.py --into dist [--processor aarch64]
        [--python python3.10]

For x86-64 and for AArch64 one wheel for Python 3.11 and all later ones (cp311-abi3) and, where
there is a Python 3.10, one for that. They run on Linux with glibc 2.28 (2018) or later: Zig's
Clang is the compiler (requirements-wheels.txt, zig.cmake); auditwheel checks the result and names
it after the oldest system it runs on. Zig keeps what it compiled in ZIG_GLOBAL_CACHE_DIR.
"""

import argparse
import glob
import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass

NATIVE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(NATIVE)
sys.path.insert(0, ROOT)

from native_client.portable import PROCESSORS, BuildError, environment, run, zig_in  # noqa: E402

STABLE, OLD = ('3.11', '3.12', '3.13'), ('3.10',)  # a wheel each, built on any of these
FACTS = '''
import json, sys, sysconfig
print(json.dumps([sys.executable, '%d.%d' % sys.version_info[:2], sysconfig.get_path('include'),
                  sysconfig.get_config_var('MULTIARCH') or '']))
'''


@dataclass(frozen=True)
class Interpreter:
    """A Python whose headers the modules are compiled with."""

    program: str
    version: str
    include: str
    multiarch: str

    @staticmethod
    def ask(name: str) -> 'Interpreter | None':
        """Return the facts about a Python, or None if there is none of this name."""
        try:
            said = subprocess.run([name, '-c', FACTS], capture_output=True, text=True)
        except OSError:
            return None
        return Interpreter(*json.loads(said.stdout)) if said.returncode == 0 else None

    def copy_headers(self, folder: str) -> None:
        """Copy the headers, which serve both processors: all types have equal sizes.

        Debian's pyconfig.h only includes the one of the processor, which takes its place.
        """
        if not os.path.exists(os.path.join(self.include, 'Python.h')):
            raise BuildError(f'{self.program} has no headers in {self.include} (Debian: apt-get '
                             f'install python{self.version}-dev)')
        shutil.copytree(self.include, folder, dirs_exist_ok=True)
        parts = os.path.dirname(self.include), self.multiarch, f'python{self.version}', 'pyconfig.h'
        if self.multiarch and os.path.exists(os.path.join(*parts)):
            shutil.copy(os.path.join(*parts), folder)


def find_interpreter(versions: tuple[str, ...]) -> Interpreter | None:
    """Return the first Python of these versions: this one, by its name, or pyenv's."""
    names = [sys.executable, *(f'python{version}' for version in versions)]
    pyenv = os.environ.get('PYENV_ROOT') or os.path.expanduser('~/.pyenv')
    for version in versions:
        names += sorted(glob.glob(f'{pyenv}/versions/{version}.*/bin/python{version}'))
    asked = (Interpreter.ask(name) for name in names)
    return next((python for python in asked if python and python.version in versions), None)


def interpreters(given: list[str]) -> list[Interpreter]:
    """Return the Pythons that were named, else one for each wheel."""
    found = []
    for name in given:
        python = Interpreter.ask(name)
        if python is None or python.version not in STABLE + OLD:
            raise BuildError(f'{name!r} is not a Python from 3.10 to 3.13')
        found.append(python)
    for versions in () if given else (STABLE, OLD):
        python = find_interpreter(versions)
        if python is not None:
            found.append(python)
        else:
            print(f'W no Python {versions[0]} here, so no wheel for it: install one, or name it '
                  'with --python', file=sys.stderr)
    return found


def build(python: Interpreter, processor: str, zig: str, work: str) -> str:
    """Build the wheel of one Python for one processor and return its path."""
    folder = os.path.join(work, f'{processor}-{python.version}')
    headers, wheels = os.path.join(folder, 'include'), os.path.join(folder, 'wheel')
    settings = os.path.join(folder, 'setuptools.cfg')
    python.copy_headers(headers)
    shutil.rmtree(wheels, ignore_errors=True)
    with open(settings, 'w', encoding='utf-8') as f:
        f.write(f'[build]\nbuild_base = {folder}/build\n'
                f'[bdist_wheel]\nplat_name = linux_{processor}\n')
    own = environment(os.path.join(work, f'python{python.version}'), python.program)
    run(own, '-m', 'pip', 'wheel', '--quiet', '--disable-pip-version-check', '--no-deps',
        '--wheel-dir', wheels, ROOT, DIST_EXTRA_CONFIG=settings, ZIG=zig, ZIG_PROCESSOR=processor,
        CMAKE_TOOLCHAIN_FILE=os.path.join(NATIVE, 'zig.cmake'),
        CMAKE_ARGS=shlex.quote(f'-DPython_INCLUDE_DIR={headers}'))
    return glob.glob(os.path.join(wheels, '*.whl'))[0]


def main() -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--into', metavar='DIR', required=True, help='folder for the wheels')
    parser.add_argument('--python', metavar='PROGRAM', action='append', default=[],
                        help='build for this Python only (repeatable)')
    parser.add_argument('--processor', choices=PROCESSORS, action='append',
                        help='build for this processor only')
    parser.add_argument('--work', metavar='DIR', default=os.path.join(NATIVE, 'build-wheels'),
                        help='folder kept between builds (default: %(default)s)')
    options = parser.parse_args()
    work = os.path.abspath(options.work)
    try:
        pythons = interpreters(options.python)
        tools = environment(os.path.join(work, 'tools'), sys.executable, '-r',
                            os.path.join(ROOT, 'requirements-wheels.txt'))
        zig = zig_in(tools)
        for processor in options.processor or PROCESSORS:
            for python in pythons:
                wheel = build(python, processor, zig, work)
                # auto: it refuses the names of other processors than its own
                run(tools, '-m', 'auditwheel', 'repair', '--patcher', 'none', '--plat', 'auto',
                    '--wheel-dir', options.into, wheel)
    except BuildError as e:
        print(f'E {e}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
