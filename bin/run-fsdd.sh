#!/usr/bin/env bash
# Trains on single digits (bin/import_fsdd.py): minutes on two cores. See bin/corpus.sh for where
# data and checkpoints are; flags given to this script override the ones below.
#
#     bin/run-fsdd.sh                     tests with other recordings of the same speakers
#     bin/run-fsdd.sh --without george    tests with a speaker who is not in training, after
#                                         bin/fsdd_without.py data/fsdd george
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

sets=( fsdd-train.csv fsdd-dev.csv fsdd-test.csv )
if [ "${1-}" = --without ]; then
    others=fsdd-without-$2
    sets=("$others.csv $others-strings.csv" "" "fsdd-only-$2.csv")
    COMPUTE_KEEP_DIR=${COMPUTE_KEEP_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/deepspeech/$others}
    shift 2
else
    set -- --validation_step 5 "$@"
fi
# The recordings were made at 8 kHz: in the upper half of 16 kHz there is only rounding
train_on fsdd "${sets[@]}" \
    --audio_sample_rate 8000 --n_hidden 128 --automatic_mixed_precision \
    --train_batch_size 32 --dev_batch_size 50 --test_batch_size 50 \
    --epoch 60 --learning_rate 0.002 --lr_schedule cosine --noearly_stop \
    --vary 1 --dropout_rate 0.2 --dropout_rate4 0.1 --dropout_rate5 0.1 "$@"
