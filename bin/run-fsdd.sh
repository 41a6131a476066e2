#!/usr/bin/env bash
# Trains on spoken digits (bin/import_fsdd.py): minutes on two cores. Two reports follow: of the
# network alone, and with a language model of the training set's transcripts, which knows the ten
# words. See bin/corpus.sh for where data and checkpoints are; the scorer goes to the checkpoints.
# Flags given to this script override the ones below.
#
#     bin/run-fsdd.sh                     tests with other recordings of the same speakers
#     bin/run-fsdd.sh --without george    tests with a speaker who is not in training, after
#                                         bin/fsdd_without.py data/fsdd george
# shellcheck source=bin/corpus.sh
. "$(dirname "${BASH_SOURCE[0]}")/corpus.sh"

if [ "${1-}" = --without ]; then
    name=fsdd-without-$2
    sets=("$name.csv $name-strings.csv" "" "fsdd-only-$2.csv")
    shift 2
    set -- --noearly_stop "$@"  # it needs a validation set
else
    name=fsdd
    sets=( fsdd-train.csv fsdd-dev.csv fsdd-test.csv )
    set -- --validation_step 5 "$@"
fi
COMPUTE_KEEP_DIR=${COMPUTE_KEEP_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/deepspeech/$name}

# The recordings were made at 8 kHz: in the upper half of 16 kHz there is only rounding
digits() {
    train_on fsdd "${sets[@]}" \
        --audio_sample_rate 8000 --n_hidden 128 --automatic_mixed_precision \
        --train_batch_size 32 --dev_batch_size 50 --test_batch_size 50 \
        --epoch 240 --learning_rate 0.002 --lr_schedule cosine \
        --vary 1 --dropout_rate 0.2 --dropout_rate4 0.1 --dropout_rate5 0.1 "$@"
}

(digits "$@")

if ! python -c 'import ds_ctcdecoder' 2>/dev/null; then
    echo "W no report with a language model: it needs the native decoder (pip install .)" >&2
    exit
fi
scorer=$COMPUTE_KEEP_DIR/digits.scorer
read -ra train_csvs <<< "${sets[0]}"
mkdir -p "$COMPUTE_KEEP_DIR"
(cd "$(corpus_folder fsdd "${train_csvs[0]}")" && tail -qn +2 "${train_csvs[@]}") \
    | cut -d, -f3 > "$COMPUTE_KEEP_DIR/transcripts.txt"
python bin/make_scorer.py --text "$COMPUTE_KEEP_DIR/transcripts.txt" --out "$scorer"
(digits "$@" --notrain --export_dir '' --scorer_path "$scorer")
