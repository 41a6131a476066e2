#!/usr/bin/env bash
# From a bare machine to a trained model, in one command: makes .venv, installs what is missing,
# trains on the synthetic speech of data/demo, prints the report on voices that training never
# heard, exports the model, transcribes the test recordings with the native client, and prints its
# word error rate beside the trainer's.
#
# The model goes to $COMPUTE_KEEP_DIR (or deepspeech/demo in the user's data folder). Run
# again, it resumes from there. Flags given to this script override the ones below.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bin/environment.sh

keep_dir=${COMPUTE_KEEP_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/deepspeech/demo}

start=$SECONDS
use_environment
install_missing requirements.txt
install_client
say "setting up took $((SECONDS - start)) s"

start=$SECONDS
python -u DeepSpeech.py \
    --train_files data/demo/train.csv \
    --dev_files data/demo/dev.csv \
    --test_files data/demo/test.csv \
    --train_batch_size 8 \
    --dev_batch_size 20 \
    --test_batch_size 20 \
    --n_hidden 256 \
    --epoch 32 \
    --learning_rate 0.0015 \
    --lr_schedule cosine \
    --automatic_mixed_precision \
    --vary 0.7 \
    --dropout_rate 0.1 \
    --dropout_rate4 0.1 \
    --dropout_rate5 0.1 \
    --validation_step 4 \
    --report_count 3 \
    --checkpoint_dir "$keep_dir" \
    --export_dir "$keep_dir/export" \
    --test_output_file "$keep_dir/test.json" \
    --remove_export \
    "$@"
say "training, test and export took $((SECONDS - start)) s"

say "three test recordings, with the native client:"
for recording in data/demo/test/000[0-2]-*.opus; do
    deepspeech --model "$keep_dir/export/output_graph.pbmm" --audio "$recording"
done
python bin/compare_client.py "$keep_dir/export/output_graph.pbmm" "$keep_dir/test.json"
