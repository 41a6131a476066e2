#!/bin/bash
# Transcribes a folder by the command: folder.sh MODEL SCORER FOLDER
set -euo pipefail
for wav in "$3"/*.wav; do
    text=$(deepspeech --model "$1" --scorer "$2" --audio "$wav" 2>>"$3/log")
    printf '%s\t%s\n' "$(basename "$wav" .wav)" "$text" | tee "${wav%.wav}.txt"
done
grep -c 'Inference took' "$3/log"
