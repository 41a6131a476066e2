"""Get KenLM's source, which is not in this tree: `fetch_kenlm.py DIR` prints its folder.

From the environment's KENLM_SOURCE_DIR, or with pip into DIR, where the archive's SHA-256 is
checked. Without either it says so in one line and exits 1. CMake and util/lm/tools.py use it.
"""

import hashlib
import os
import subprocess
import sys
import tarfile

VERSION = '0.3.0'
SHA256 = 'c4628bb9fb63c8a6f9240035b8b037385cfc404cb72e933cf48878291edac1e8'


class NoSource(Exception):
    """KenLM's source cannot be had; the text says why and what to do."""


def _download(folder: str) -> str:
    """Return the archive in `folder`, after downloading it if it is not there."""
    archive = os.path.join(folder, f'kenlm-{VERSION}.tar.gz')
    command = [sys.executable, '-m', 'pip', 'download', '--quiet', '--disable-pip-version-check',
               '--no-deps', '--no-binary', 'kenlm', '--dest', folder, f'kenlm=={VERSION}']
    said = ''
    # pip looks at the package's metadata with setuptools: its own if there, else one it fetches.
    for extra in (['--no-build-isolation'], []):
        if os.path.exists(archive):
            break
        done = subprocess.run(command + extra, capture_output=True, text=True)
        said = (done.stderr.strip().splitlines() or [''])[-1]
    if not os.path.exists(archive):
        raise NoSource(f"KenLM's source is needed and 'pip download kenlm=={VERSION}' failed "
                       f'({said}): go online, or set KENLM_SOURCE_DIR to an unpacked copy')
    with open(archive, 'rb') as f:
        found = hashlib.sha256(f.read()).hexdigest()
    if found != SHA256:
        os.remove(archive)
        raise NoSource(f'kenlm-{VERSION}.tar.gz has SHA-256 {found}, expected {SHA256}: it was '
                       'removed; set KENLM_SOURCE_DIR to a copy you trust')
    return archive


def fetch(folder: str) -> str:
    """Return the folder of KenLM's source tree.

    Raises:
        NoSource: there is none.
    """
    given = os.environ.get('KENLM_SOURCE_DIR')
    source = os.path.abspath(given or os.path.join(folder, f'kenlm-{VERSION}'))
    if not given and not os.path.exists(os.path.join(source, 'LICENSE')):
        os.makedirs(folder, exist_ok=True)
        with tarfile.open(_download(folder)) as archive:
            if hasattr(tarfile, 'data_filter'):
                archive.extractall(folder, filter='data')
            else:
                archive.extractall(folder)
    if not os.path.exists(os.path.join(source, 'lm', 'model.hh')):
        raise NoSource(f'KENLM_SOURCE_DIR is {source!r}, which has no lm/model.hh: expected '
                       f'the folder of KenLM {VERSION}')
    return source


def main() -> int:
    """Print the folder of the sources and return the exit status."""
    if len(sys.argv) != 2 or sys.argv[1].startswith('-'):
        print('usage: fetch_kenlm.py DIR', file=sys.stderr)
        return 2
    try:
        print(fetch(sys.argv[1]))
    except NoSource as e:
        print(e, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
