# shellcheck shell=bash
# Shell functions that set up a Python environment; sourced by run-tests.sh and run-demo.sh from
# the repository's root.

say() {
    printf '%s\n' "$*" >&2
}

# Fetches the lists of packages; another program may be doing so, and holds their lock meanwhile.
apt_update() {
    local attempt
    for attempt in 1 2 3 4; do
        [ "$attempt" = 1 ] || sleep 15
        apt-get update -qq >&2 && return
    done
    return 1
}

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

apt_get_install() {
    say "installing $* with apt-get"
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >&2
}

# Installs Debian packages when we may; otherwise says which ones are missing.
apt_install() {
    may_install && apt_update && apt_get_install "$@" && return
    say "E missing: $*. Install them with your package manager (Debian: apt-get install $*)"
    return 1
}

# apt_try PACKAGE...: as apt_install, but goes on without where that is not possible, and takes
# what there is where a distribution lacks one of them.
apt_try() {
    local package missing=() lacking=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    if [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"; then
        return
    fi
    for package in "${missing[@]}"; do
        { may_install && apt_get_install "$package"; } || lacking+=("$package")
    done
    [ ${#lacking[@]} = 0 ] || say "W continuing without ${lacking[*]}: tests that need them are" \
        "skipped, or fail where \$CI is set"
}

# Prints the first Python that TensorFlow has wheels for.
find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.10; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' \
                2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

# Activates the environment in .venv, making it first where there is none. An environment that
# is already active is used as it is.
use_environment() {
    if [ -n "${VIRTUAL_ENV:-}" ]; then
        PATH=$VIRTUAL_ENV/bin:$PATH
        return
    fi
    if ! .venv/bin/python -c '' 2>/dev/null; then
        local python
        python=$(find_python) || { apt_install python3 && python=$(find_python); } || {
            say "E no Python 3.10 to 3.13 found: install one, or set \$PYTHON to it"
            return 1
        }
        "$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
        say "making .venv with $("$python" --version)"
        "$python" -m venv .venv
    fi
    # shellcheck source=/dev/null
    . .venv/bin/activate
}

# install_missing REQUIREMENTS MODULE...: installs the file's packages unless all the modules,
# and those that training needs, can be found. What Ctrl-C makes Python say is not shown.
install_missing() {
    local requirements=$1
    shift
    if ! python - tensorflow tensorboard numpy pandas absl xdg soundfile soxr \
            optuna matplotlib "$@" 2>/dev/null <<'END'
import importlib.util
import sys
sys.exit(any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))
END
    then
        say "installing $requirements"
        python -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2
    fi
}

# Builds and installs the native client with its Python modules, unless this very source is
# installed already.
install_client() {
    local source installed
    source=$(find setup.py VERSION native_client data/models -type f ! -path '*/build*' ! -name '*.pyc' \
        ! -path '*.egg-info/*' -print0 | sort -z | xargs -0 cat | cksum)
    installed=$(python -c 'import sys; print(sys.prefix)' 2>/dev/null)/deepspeech-client.cksum
    if [ "$(cat "$installed" 2>/dev/null)" = "$source" ]; then
        return
    fi
    command -v "${CXX:-c++}" >/dev/null || apt_install g++
    say "building the native client"
    python -m pip install --quiet --disable-pip-version-check . >&2
    printf '%s\n' "$source" >"$installed"
}

# Installs CMake into the environment unless there is one.
need_cmake() {
    command -v cmake >/dev/null ||
        python -m pip install --quiet --disable-pip-version-check 'cmake>=3.26' >&2
    command -v "${CXX:-c++}" >/dev/null || apt_install g++
}
