#!/usr/bin/env bash
# From a folder of your own recordings to a model, in one command; see --help.
#
#   bin/run-folder.sh my/recordings [option]... [flag of DeepSpeech.py]...
#
# Makes .venv where no environment is active, and installs what is missing.
set -euo pipefail
from=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
. bin/environment.sh
trap 'say "W interrupted: run the same command to go on"; exit 130' INT
use_environment
install_missing requirements.txt
install_client
cd "$from"
# Held back until it can answer: Python's own beginning would with a stack trace.
exec env --block-signal=INT python -u "$root/util/folder/main.py" "$@"
