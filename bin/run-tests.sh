#!/usr/bin/env bash
# Sets up what the tests need and runs them. Arguments go to pytest: bin/run-tests.sh -k flags
#
# The Python environment is the active one, else .venv in the repository's root, which is made
# when it is not there ($PYTHON, or the first Python 3.10 to 3.13 found). Then the packages that
# are missing are installed, of Python and, by root on Debian, of the system; the native client is
# built and installed, and pytest is run without the tests marked slow or cluster (-m slow runs
# those), two files of tests at a time (-n 0 runs one, which -s and --pdb need). Where $CI is set, a
# test that cannot run for lack of one of these packages fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bin/environment.sh

use_environment
install_missing requirements-test.txt pytest xdist python_speech_features scipy jiwer aiohttp \
    sounddevice ruff pycodestyle av mypy sphinx myst_parser furo sphinx_copybutton yaml textdistance \
    cmake

selection=(-m "not slow and not cluster")
for argument in "$@"; do
    case $argument in
        -m*) selection=() ;;
    esac
done
# Language model tools; audio; scripts; the demo's voices; the client's examples; other processors;
# microphones; scripts for browsers; what was compiled for the client serves its tests too.
apt_try libboost-program-options-dev libboost-system-dev libboost-thread-dev ffmpeg shellcheck \
    espeak-ng flite gcc make pkg-config xz-utils g++-aarch64-linux-gnu qemu-user libsimde-dev \
    libportaudio2 nodejs ccache
if [ ${#selection[@]} = 0 ]; then  # fuzz; networks for clusters; pages; WebAssembly; Node
    apt_try clang libclang-rt-dev iproute2 chromium emscripten
    command -v npm >/dev/null || apt_try npm  # Node's own package has both
fi
[ ! -d /usr/lib/ccache ] || PATH=/usr/lib/ccache:$PATH
install_client
# It builds KenLM once more, which takes a minute; ours is compared with it.
python -c 'import kenlm' 2>/dev/null ||
    python -m pip install --quiet --disable-pip-version-check kenlm==0.3.0 >&2 ||
    say "W no kenlm: tests that compare with it are skipped, or fail where \$CI is set"

exec python -m pytest -n 2 --dist loadfile "${selection[@]}" "$@"
