"""What the ELF files of packages need."""

import pathlib
import re
import subprocess

from tests.helpers.need import need_program

OLDEST = (2, 28)  # glibc that packages run on
MACHINES = {'x86_64': 'X86-64', 'aarch64': 'AArch64'}


def readelf(*options: str | pathlib.Path) -> str:
    """Return what readelf says."""
    done = subprocess.run([need_program('readelf'), '--wide', *map(str, options)],
                          capture_output=True, text=True, check=True)
    return done.stdout


def needs(library: pathlib.Path) -> set[str]:
    """Return the symbol versions that an ELF file needs: GLIBC_2.17, ..."""
    told = readelf('--version-info', library)
    return set(re.findall(r'Name: (\S+)', told[told.find('.gnu.version_r'):]))


def check_portable(library: pathlib.Path, processor: str) -> None:
    """Assert that a library is for this processor, and runs on the oldest glibc alone."""
    assert MACHINES[processor] in readelf('-h', library)
    versions = needs(library)
    assert versions and all(v.startswith('GLIBC_2.') for v in versions), versions
    assert max(tuple(map(int, v[6:].split('.'))) for v in versions) <= OLDEST, versions
