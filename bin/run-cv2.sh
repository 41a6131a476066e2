#!/usr/bin/env bash
# Trains on one language of Common Voice (bin/import_cv2.py); the labels are the characters of its
# sentences. See bin/corpus.sh for where data and checkpoints are; flags given to this script
# override the ones below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on --own_alphabet cv2 clips/train.csv clips/dev.csv clips/test.csv \
    --train_batch_size 24 --dev_batch_size 48 --test_batch_size 48 \
    --epoch 50 --learning_rate 0.0001 --validation_step 1 --dropout_rate 0.25 "$@"
