# shellcheck shell=bash
# The common part of the run scripts, which source it and call
#
#   train_on [--own_alphabet] CORPUS "TRAIN.csv ..." "DEV.csv ..." "TEST.csv ..." FLAG...
#
# CSVs are looked for in $COMPUTE_DATA_DIR (or data) and in its folder CORPUS. Checkpoints go to
# $COMPUTE_KEEP_DIR (or deepspeech/CORPUS in the user's data folder). Later flags win, so scripts
# pass "$@" last. With --own_alphabet the labels are the characters of the CSVs, kept in
# alphabet.txt beside them.
set -euo pipefail

# Prints names as paths in a folder, with commas between.
in_folder() {
    local folder=$1 name list=
    shift
    for name in "$@"; do
        list=$list,$folder/$name
    done
    printf '%s\n' "${list#,}"
}

# Prints the folder of a corpus: the one that holds this CSV.
corpus_folder() {
    local corpus=$1 csv=$2 folder=${COMPUTE_DATA_DIR:-data}
    if [ ! -f "$folder/$csv" ]; then
        folder=$folder/$corpus
    fi
    printf '%s\n' "$folder"
}

train_on() {
    local own_alphabet=no corpus folder name train dev test
    local -a train_csvs dev_csvs test_csvs alphabet=()
    if [ "$1" = --own_alphabet ]; then
        own_alphabet=yes
        shift
    fi
    corpus=$1
    read -ra train_csvs <<< "$2"
    read -ra dev_csvs <<< "$3"
    read -ra test_csvs <<< "$4"
    shift 4

    if [ ! -f DeepSpeech.py ]; then
        echo "E run this from the root of the repository: bin/$(basename "$0")" >&2
        exit 2
    fi
    folder=$(corpus_folder "$corpus" "${train_csvs[0]}")
    for name in "${train_csvs[@]}" "${dev_csvs[@]}" "${test_csvs[@]}"; do
        if [ ! -f "$folder/$name" ]; then
            echo "E $folder/$name is missing: import the corpus with" \
                "bin/import_$corpus.py $folder, or set COMPUTE_DATA_DIR to" \
                "its folder" >&2
            exit 1
        fi
    done
    train=$(in_folder "$folder" "${train_csvs[@]}")
    dev=$(in_folder "$folder" "${dev_csvs[@]}")
    test=$(in_folder "$folder" "${test_csvs[@]}")
    if [ "$own_alphabet" = yes ]; then
        if [ ! -f "$folder/alphabet.txt" ]; then
            python bin/check_characters.py -csv "$train,$dev,$test" -alpha \
                > "$folder/alphabet.txt.part"
            mv "$folder/alphabet.txt.part" "$folder/alphabet.txt"
        fi
        alphabet=(--alphabet_config_path "$folder/alphabet.txt")
    fi
    exec python -u DeepSpeech.py --train_files "$train" --dev_files "$dev" --test_files "$test" \
        --checkpoint_dir \
        "${COMPUTE_KEEP_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/deepspeech/$corpus}" \
        ${alphabet[@]+"${alphabet[@]}"} "$@"
}
