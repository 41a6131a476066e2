"""What portable builds share, of Python's wheels and of the Node package: Zig's compiler."""

import os
import subprocess
import sys

PROCESSORS = ('x86_64', 'aarch64')
ZIG = 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))'


class BuildError(Exception):
    """A package cannot be built; the text says why."""


def run(*command: str, **environment: str) -> None:
    """Run a command; if it fails, its own messages on stderr are the explanation."""
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=sys.stderr)
    if done.returncode != 0:
        raise BuildError(f'{" ".join(command[:4])} failed; see above')


def environment(folder: str, python: str, *packages: str) -> str:
    """Make a virtual environment unless it exists, and return its Python."""
    program = os.path.join(folder, 'bin', 'python')
    if not os.path.exists(program):
        run(python, '-m', 'venv', folder)
    if packages:
        run(program, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', *packages)
    return program


def zig_in(python: str) -> str:
    """Return the program of an environment that has Zig's package."""
    said = subprocess.run([python, '-c', ZIG], capture_output=True, text=True, check=True)
    return said.stdout.strip()
