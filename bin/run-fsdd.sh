#!/usr/bin/env bash
# Trains on single digits (bin/import_fsdd.py): minutes on two cores. See bin/corpus.sh for where
# data and checkpoints are; flags given to this script override the ones below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on fsdd fsdd-train.csv fsdd-dev.csv fsdd-test.csv \
    --train_batch_size 16 --dev_batch_size 50 --test_batch_size 50 \
    --n_hidden 128 --epoch 15 --learning_rate 0.001 --validation_step 1 \
    --dropout_rate 0.20 "$@"
