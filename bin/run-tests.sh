#!/usr/bin/env bash
# Sets up what the tests need and runs them. Arguments go to pytest: bin/run-tests.sh -k flags
#
# The Python environment is the active one, else .venv in the repository's root, which is made
# when it is not there ($PYTHON, or the first Python 3.10 to 3.13 found). Then the packages that
# are missing are installed, the native client is built and installed, and pytest is run without
# the tests marked slow or cluster (-m slow runs those).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bin/environment.sh

use_environment
install_missing requirements-test.txt pytest python_speech_features scipy jiwer ruff mypy sphinx \
    myst_parser furo sphinx_copybutton
apt_try libboost-program-options-dev libboost-system-dev libboost-thread-dev ffmpeg
install_client

selection=(-m "not slow and not cluster")
for argument in "$@"; do
    case $argument in
        -m*) selection=() ;;
    esac
done
exec python -m pytest "${selection[@]}" "$@"
