#!/usr/bin/env bash
# Trains on TED-LIUM release 2 (bin/import_ted.py), with the settings of 2017. See bin/corpus.sh
# for where data and checkpoints are; flags given to this script override the ones below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on ted ted-train.csv ted-dev.csv ted-test.csv \
    --train_batch_size 16 --dev_batch_size 8 --test_batch_size 8 \
    --epoch 10 --learning_rate 0.0001 --display_step 10 --validation_step 1 \
    --dropout_rate 0.30 --default_stddev 0.046875 "$@"
