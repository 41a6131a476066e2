#!/bin/sh
# Runs every fuzz target: native_client/test/fuzz/run.sh BUILD_DIR CORPUS_DIR [SECONDS=600]
# Build with `cmake --preset fuzz`, make the corpus with make_corpus.py. Findings go to CORPUS_DIR.
set -eu
build=$1 corpus=$2 seconds=${3:-600}
export DS_FUZZ_MODEL="$corpus/model/forward.pbmm"
for target in model graph tflite scorer grammar feed wav; do
  echo "== fuzz_$target, $seconds s"
  "$build/lib/fuzz_$target" -max_total_time="$seconds" -max_len=200000 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$corpus/$target-" "$corpus/$target"
done
