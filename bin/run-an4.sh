#!/usr/bin/env bash
# Trains on AN4 (bin/import_an4.py): spelled letters, numbers and commands; a quarter of an hour on
# two cores. See bin/corpus.sh for where data and checkpoints are; flags given to this script override
# the ones below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on an4 an4-train.csv an4-dev.csv an4-test.csv \
    --train_batch_size 8 --dev_batch_size 16 --test_batch_size 16 \
    --n_hidden 256 --layer_norm --epoch 36 --learning_rate 0.003 --lr_schedule cosine \
    --lr_warmup_steps 300 --max_grad_norm 5 --validation_step 1 --vary 0.5 \
    --dropout_rate 0.2 --dropout_rate4 0.1 --dropout_rate5 0.1 \
    --automatic_mixed_precision "$@"
