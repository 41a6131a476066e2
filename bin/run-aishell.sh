#!/usr/bin/env bash
# Trains on AISHELL-1 (bin/import_aishell.py); the labels are the characters of its sentences. See
# bin/corpus.sh for where data and checkpoints are; flags given to this script override the ones
# below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on --own_alphabet aishell aishell_train.csv aishell_dev.csv aishell_test.csv \
    --train_batch_size 24 --dev_batch_size 48 --test_batch_size 48 \
    --epoch 30 --learning_rate 0.0001 --validation_step 1 --dropout_rate 0.25 "$@"
