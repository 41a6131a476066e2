#!/usr/bin/env bash
# Trains on TED-LIUM (bin/import_ted.py) and logs each WER in a form for machines: in the lines
# that $WER_LOG_PATTERN makes of set name, date and WER. The settings are those of 2017. See
# bin/corpus.sh for where data and checkpoints are; flags given to this script override the ones
# below.
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

train_on ted ted-train.csv ted-dev.csv ted-test.csv \
    --train_batch_size 16 --dev_batch_size 8 --test_batch_size 8 \
    --epoch 50 --learning_rate 0.0001 --display_step 10 --validation_step 10 \
    --dropout_rate 0.30 \
    --wer_log_pattern "${WER_LOG_PATTERN:-GLOBAL LOG: logwer('%s', '%s', %f)}" "$@"
