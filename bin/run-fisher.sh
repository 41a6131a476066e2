#!/usr/bin/env bash
# Trains on Fisher (bin/import_fisher.py), with the settings of 2017. See bin/corpus.sh for where
# data and checkpoints are; flags given to this script override the ones below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on fisher fisher-train.csv fisher-dev.csv fisher-test.csv \
    --train_batch_size 32 --dev_batch_size 32 --test_batch_size 32 \
    --epoch 20 --learning_rate 0.0001 --display_step 1 --validation_step 5 "$@"
