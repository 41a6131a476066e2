#!/usr/bin/env bash
# Trains on LDC93S1, a single sentence, until the network knows it by heart: shows in minutes that
# an installation works. The data are in $COMPUTE_DATA_DIR (or data), or go to its ldc93s1 folder;
# checkpoints go to $COMPUTE_KEEP_DIR (or deepspeech/ldc93s1 in the user's data folder). Flags
# given to this script override the ones below.
set -euo pipefail

if [ ! -f DeepSpeech.py ]; then
    echo "E run this from the root of the repository: bin/run-ldc93s1.sh" >&2
    exit 2
fi

data_dir=${COMPUTE_DATA_DIR:-data}
if [ ! -f "$data_dir/ldc93s1.csv" ] && [ ! -f "$data_dir/LDC93S1.wav" ]; then
    data_dir=$data_dir/ldc93s1
fi
checkpoint_dir=${COMPUTE_KEEP_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/deepspeech/ldc93s1}

if [ ! -f "$data_dir/ldc93s1.csv" ]; then
    # As the script of bin/run-cluster.sh it runs several times at once: one imports
    mkdir -p "$data_dir"
    (
        flock 9
        [ -f "$data_dir/ldc93s1.csv" ] || python bin/import_ldc93s1.py "$data_dir"
    ) 9>"$data_dir/.import.lock"
fi

# Dropout would only hinder learning by heart
exec python -u DeepSpeech.py \
    --train_files "$data_dir/ldc93s1.csv" \
    --dev_files "$data_dir/ldc93s1.csv" \
    --test_files "$data_dir/ldc93s1.csv" \
    --train_batch_size 1 \
    --dev_batch_size 1 \
    --test_batch_size 1 \
    --n_hidden 494 \
    --epoch 50 \
    --dropout_rate 0 \
    --checkpoint_dir "$checkpoint_dir" \
    "$@"
