#!/usr/bin/env bash
# Trains on TIMIT (bin/import_timit.py): 4 hours, so a small network. See bin/corpus.sh for where
# data and checkpoints are; flags given to this script override the ones below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on timit timit_train.csv timit_dev.csv timit_test.csv \
    --train_batch_size 16 --dev_batch_size 16 --test_batch_size 16 \
    --n_hidden 512 --epoch 50 --learning_rate 0.0005 --display_step 10 --validation_step 1 \
    --dropout_rate 0.25 "$@"
