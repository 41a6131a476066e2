#!/usr/bin/env bash
# Lists the benchmarks and runs the quick ones, or the one that is named.
#
#   bin/bench.sh                              # the list, then four short runs
#   bin/bench.sh bench_step --sizes 256x150   # one of them, with its own options
#
# The quick runs say whether a change has made something slower by much. For a number to write down
# run the benchmark itself, with more rounds, on a machine that has nothing else to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bin/environment.sh

use_environment
install_missing requirements-test.txt python_speech_features

build() {  # what the native benchmarks run, as the tests build it
    need_cmake
    say "building native_client for the benchmarks"
    cmake -S native_client -B build/native-tests -DDS_TESTS=ON >/dev/null
    cmake --build build/native-tests -j "$(nproc)" >/dev/null
}

if [ $# -gt 0 ]; then
    name=${1%.py}
    shift
    for path in {tests,native_client}/bench/"$name".py; do
        if [ -f "$path" ]; then
            case $path in native_client/*) build ;; esac
            exec python "$path" "$@"
        fi
    done
    say "E there is no benchmark '$name': expected one of"
    set -- missing
fi

for path in {tests,native_client}/bench/bench_*.py; do
    printf '%-42s %s\n' "$path" "$(sed -n '/"""/{s/^ *"""//;p;q}' "$path")" >&2
done
[ $# -eq 0 ] || exit 2

python tests/bench/bench_features.py --rounds 3
python tests/bench/bench_step.py --sizes 256x150 --engines ours,ours-bf16 --quick
python tests/bench/bench_training.py --limit 80 --epochs 2
build
python native_client/bench/random_model.py "$PWD/build/bench/forward.pb" forward 256
build/native-tests/lib/engine_bench build/bench/forward.pbmm  # bench_network needs ../shared/data
