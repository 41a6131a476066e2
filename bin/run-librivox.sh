#!/usr/bin/env bash
# Trains on LibriSpeech (bin/import_librivox.py), with the settings of 2017. See bin/corpus.sh for
# where data and checkpoints are; flags given to this script override the ones below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on librivox \
    "librivox-train-clean-100.csv librivox-train-clean-360.csv librivox-train-other-500.csv" \
    "librivox-dev-clean.csv librivox-dev-other.csv" \
    "librivox-test-clean.csv librivox-test-other.csv" \
    --train_batch_size 12 --dev_batch_size 12 --test_batch_size 12 \
    --epoch 15 --learning_rate 0.0001 --display_step 5 --validation_step 5 \
    --dropout_rate 0.30 --default_stddev 0.046875 "$@"
