#!/usr/bin/env bash
# Trains the models that people start from and puts them into data/models: of each the network
# NAME.pbmm, its language model NAME.scorer or its grammar NAME.grammar, and its card NAME.md.
#
#     bin/run-start-models.sh                          all of them: hours on two cores
#     bin/run-start-models.sh en-commands de-kerstin   these
#     bin/run-start-models.sh ar-commands -- --epoch 2 flags that override those below
#
#     en-commands        English letters, numbers and commands; hears whole utterances
#     en-commands-live   the same, forward: it can stream
#     ar-commands        forty Arabic commands, forward
#     de-kerstin         German, one voice, to be adapted to others
#
# Corpora are looked for in $COMPUTE_DATA_DIR (or data) as bin/import_an4.py, bin/import_fsdd.py,
# bin/import_arabic_commands.py and bin/import_folder.py leave them in the folders an4, fsdd,
# arabic_commands and kerstin; synthetic voices go to its folder spelled. Checkpoints go to
# $COMPUTE_KEEP_DIR (or deepspeech/start-models in the user's data folder), models to $MODELS (or
# data/models). Started again, it goes on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bin/environment.sh

KNOWN=(en-commands en-commands-live ar-commands de-kerstin)
names=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case " ${KNOWN[*]} " in
        *" $1 "*) names+=("$1") ;;
        *)
            say "E no model '$1': expected one of ${KNOWN[*]}"
            exit 2
            ;;
    esac
    shift
done
flags=("${@:2}")
[ ${#names[@]} -gt 0 ] || names=("${KNOWN[@]}")

use_environment
install_missing requirements.txt requirements-augment.txt
install_client

data=${COMPUTE_DATA_DIR:-data}
keep=${COMPUTE_KEEP_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/deepspeech/start-models}
models=${MODELS:-data/models}
mkdir -p "$keep" "$models"

# need CSV COMMAND: ends the script where a corpus is not there; COMMAND brings it.
need() {
    if [ ! -f "$1" ]; then
        say "E $1 is missing: $2"
        exit 1
    fi
}

# train NAME FLAG...: trains, or with --notrain tests the best checkpoint
train() {
    local name=$1
    shift
    python -u DeepSpeech.py --checkpoint_dir "$keep/$name" --train_batch_size 16 \
        --dev_batch_size 32 --test_batch_size 32 --lr_schedule cosine --noearly_stop \
        --dropout_rate 0.2 --dropout_rate4 0.1 --dropout_rate5 0.1 --report_count 0 \
        "$@" ${flags[@]+"${flags[@]}"}
}

# finish NAME LICENCE LANGUAGE TEXT FLAG...: exports, with a card
finish() {
    local name=$1 licence=$2 language=$3 text=$4
    shift 4
    python -u DeepSpeech.py --checkpoint_dir "$keep/$name" --notrain --notest \
        --export_dir "$keep/$name/export" --remove_export --export_author_id deepspeech \
        --export_model_name "$name" --export_model_version 1.0 --export_license "$licence" \
        --export_language "$language" --export_description \
        "$text"$'\n\n'"Made by \`bin/run-start-models.sh $name\`." \
        "$@" ${flags[@]+"${flags[@]}"}
    cp "$keep/$name/export/output_graph.pbmm" "$models/$name.pbmm"
    cp "$keep/$name/export/deepspeech_${name}_1.0.md" "$models/$name.md"
}

# What the English networks learn from. FSDD's recordings of nicolas tell how strangers are heard.
english_corpora() {
    need "$an4/an4-train.csv" "bin/import_an4.py $an4"
    need "$fsdd/fsdd-train.csv" "bin/import_fsdd.py $fsdd"
    [ -f "$fsdd/fsdd-only-nicolas.csv" ] ||
        python bin/fsdd_without.py "$fsdd" nicolas --strings 800
    awk 'NR == 1 || NR % 7 == 2' "$fsdd/fsdd-only-nicolas.csv" > "$fsdd/fsdd-dev-nicolas.csv"
    [ -f "$spelled/train.csv" ] || python bin/make_spelled.py "$spelled"
    # AN4's test set as over a telephone: 8 kHz, somebody else speaking, a codec
    [ -f "$spelled/telephone.csv" ] ||
        python bin/data_set_tool.py "$an4/an4-test.csv" "$spelled/telephone.csv" \
            --augment 'resample[rate=8000]' --augment "overlay[source=$spelled/dev.csv,snr=15]" \
            --augment 'codec[bitrate=8000]'
}

english() {
    local name=$1 title=$2
    shift 2
    local an4=$data/an4 fsdd=$data/fsdd spelled=$data/spelled text set
    english_corpora
    train "$name" --n_hidden 256 --epoch 50 --notest --learning_rate 0.0015 --validation_step 3 --vary 0.5 \
        --train_files "$an4/an4-train.csv,$fsdd/fsdd-without-nicolas.csv,$fsdd/fsdd-without-nicolas-strings.csv,$spelled/train.csv" \
        --dev_files "$an4/an4-dev.csv,$fsdd/fsdd-dev-nicolas.csv,$spelled/dev.csv" \
        --augment "overlay[p=0.3,source=$spelled/train.csv,snr=20~10]" \
        --augment 'reverb[p=0.3,delay=40~30,decay=10~5]' \
        --augment 'resample[p=0.2,rate=10000:8000~2000]' \
        --augment 'codec[p=0.2,bitrate=12000~6000]' "$@"
    tail -qn +2 "$an4/an4-train.csv" "$spelled/train.csv" | cut -d, -f3 > "$keep/$name.txt"
    python bin/make_scorer.py --text "$keep/$name.txt" --out "$models/$name.scorer"
    for set in "$an4/an4-test.csv" "$spelled/telephone.csv"; do
        train "$name" --n_hidden 256 --notrain --test_files "$set" "$@"
        train "$name" --n_hidden 256 --notrain --test_files "$set" \
            --scorer_path "$models/$name.scorer" "$@"
    done
    text="# $title

Spelled names and codes, telephone numbers, numbers, dates, and the commands yes, no, go, stop, help,
start, repeat, enter, erase and rubout. With its scorer it writes these words and letters only.

Intended use: to be trained further with recordings of one's own, and to try things out. Not for
dictation. Limits: trained on 74 Americans of 1991, four men with digits, and synthetic voices; not
tested with children, strong accents, or far from the microphone. The test set telephone.csv is
AN4's, with a voice 15 dB below it, at 8 kHz and through a codec.

Made from AN4 (Carnegie Mellon University), the Free Spoken Digit Dataset (Zohar Jackson and others,
CC BY-SA 4.0) and the synthetic voices of espeak-ng and flite. Because the Free Spoken Digit Dataset
is shared alike, so is this model: whoever passes it on, changed or not, names these sources and
keeps the licence. Programs that use it may have any."
    finish "$name" 'CC BY-SA 4.0' en "$text" --n_hidden 256 "$@"
}

arabic() {
    local corpus=$data/arabic_commands name=ar-commands text
    need "$corpus/arabic_commands-train.csv" "bin/import_arabic_commands.py $corpus"
    tail -n +2 "$corpus/arabic_commands-train.csv" | cut -d, -f3 | LC_ALL=C sort -u \
        > "$models/$name.grammar"
    grep -o . "$models/$name.grammar" | LC_ALL=C sort -u > "$corpus/alphabet.txt"
    train "$name" "$@" --epoch 40 --learning_rate 0.002 --validation_step 5 --vary 1 \
        --train_batch_size 32 --train_files "$corpus/arabic_commands-train.csv" \
        --dev_files "$corpus/arabic_commands-dev.csv" \
        --test_files "$corpus/arabic_commands-test.csv" \
        --alphabet_config_path "$corpus/alphabet.txt"
    # shellcheck disable=SC2016 # these are backquotes
    text='# Forty Arabic commands

Single words: the digits, and commands such as yes, stop, left and zoom in. Its grammar has the forty
words; its results have calibrated probabilities, which `--reject` uses.

Intended use: commands to a program, and a model to start from for other words. Limits: it knows
nothing but these words, and takes much that is none of them for one (doc/benchmarks/engine.md). The
error rates below are without the grammar.

Made from the Arabic Speech Commands dataset by Abdulkader Ghandoura, Farouk Hjabo and Oumayma Al
Dakkak (CC BY 4.0); here twenty of its thirty speakers.'
    finish "$name" 'CC BY 4.0' ar "$text" --alphabet_config_path "$corpus/alphabet.txt" "$@"
    python bin/calibrate.py "$models/$name.pbmm" --grammar "$models/$name.grammar" \
        --dev_files "$corpus/arabic_commands-dev.csv" \
        --test_files "$corpus/arabic_commands-test.csv"
}

german() {
    local corpus=$data/kerstin name=de-kerstin text
    need "$corpus/recordings-train.csv" "bin/import_folder.py $corpus --locale de"
    train "$name" "$@" --epoch 30 --learning_rate 0.0015 --validation_step 5 --vary 0.3 \
        --train_batch_size 8 --dropout_rate 0.15 --dropout_rate4 0.05 --dropout_rate5 0.05 \
        --train_files "$corpus/recordings-train.csv" --dev_files "$corpus/recordings-dev.csv" \
        --test_files "$corpus/recordings-test.csv" --alphabet_config_path "$corpus/alphabet.txt"
    text='# German, one voice

Sentences read by one woman, at home. It spells as it hears, without a scorer; nouns are in small
letters.

Intended use: to be adapted to another voice, or to be trained further with more of them. Limits: it
understands the one voice it has heard, and hardly any other.

Made from the voice Kerstin of the Rhasspy project (CC0).'
    finish "$name" 'CC0 1.0' de "$text" --alphabet_config_path "$corpus/alphabet.txt" "$@"
}

for name in "${names[@]}"; do
    case $name in
        en-commands) english "$name" 'English letters, numbers and commands' ;;
        en-commands-live)
            english "$name" 'English letters, numbers and commands, live' --nobidirectional ;;
        ar-commands) arabic --nobidirectional --n_hidden 192 ;;
        de-kerstin) german --n_hidden 256 ;;
    esac
done
