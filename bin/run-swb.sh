#!/usr/bin/env bash
# Trains on Switchboard (bin/import_swb.py), with the settings of 2017. See bin/corpus.sh for where
# data and checkpoints are; flags given to this script override the ones below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on swb swb-train.csv swb-dev.csv swb-test.csv \
    --train_batch_size 48 --dev_batch_size 32 --test_batch_size 32 \
    --epoch 50 --learning_rate 0.0001 --display_step 10 --validation_step 10 \
    --dropout_rate 0.30 "$@"
