"""bin/environment.sh: Debian packages, with stand-ins for apt-get and dpkg-query."""

import subprocess

import pytest

from tests.helpers.places import ROOT

# $WORLD holds: `installed` and `removed`, lists of packages; `known`, those that can be had;
# `locked`, how often the lists of packages are locked.
STAND_INS = {
    'id': 'echo "$ROOT_OR_NOT"',
    'sleep': 'echo "sleep $1" >>"$WORLD/log"',
    'dpkg-query': '''
for package; do :; done
grep -qx "$package" "$WORLD/installed" && printf installed && exit
grep -qx "$package" "$WORLD/removed" && printf config-files && exit
exit 1''',
    'apt-get': '''
echo "$*" >>"$WORLD/log"
if [ "$1" = update ]; then
    left=$(cat "$WORLD/locked")
    [ "$left" = 0 ] && exit
    echo $((left - 1)) >"$WORLD/locked"
    echo "E: Could not get lock /var/lib/apt/lists/lock" >&2
    exit 100
fi
for word; do
    case $word in
        -* | install | DPkg*) ;;
        *) grep -qx "$word" "$WORLD/known" || { echo "E: Unable to locate $word" >&2; exit 100; } ;;
    esac
done
for word; do
    case $word in -* | install | DPkg*) ;; *) echo "$word" >>"$WORLD/installed" ;; esac
done''',
}


@pytest.fixture
def world(tmp_path):
    """Make a machine, and a function that calls one of the script's: status, errors, log, new."""
    folder = tmp_path / 'bin'
    folder.mkdir()
    for name, script in STAND_INS.items():
        (folder / name).write_text(f'#!/bin/sh\n{script}\n')
        (folder / name).chmod(0o755)
    for name, packages in (('installed', 'gcc make'), ('removed', 'sox'),
                           ('known', 'sox flite ffmpeg')):
        (tmp_path / name).write_text(''.join(f'{package}\n' for package in packages.split()))
    (tmp_path / 'log').write_text('')

    def call(locked, function, *packages, root='0'):
        (tmp_path / 'locked').write_text(f'{locked}\n')
        done = subprocess.run(
            ['bash', '-euc', f'. {ROOT}/bin/environment.sh; {function} "$@"; echo went on', '-',
             *packages], capture_output=True, text=True, timeout=60,
            env={'PATH': f'{folder}:/usr/bin:/bin', 'WORLD': str(tmp_path), 'ROOT_OR_NOT': root})
        assert ('went on' in done.stdout) is (done.returncode == 0)
        return (done.returncode, done.stderr, (tmp_path / 'log').read_text(),
                set((tmp_path / 'installed').read_text().split()) - {'gcc', 'make'})
    return call


def test_what_is_there_is_not_installed(world):
    assert world(0, 'apt_try', 'gcc', 'make') == (0, '', '', set())


def test_all_that_is_missing_at_once(world):
    """A package that was removed, and whose settings were kept, is missing."""
    status, errors, log, installed = world(0, 'apt_try', 'gcc', 'sox', 'flite')
    assert (status, installed) == (0, {'sox', 'flite'})
    assert log.count('install ') == 1 and 'DPkg::Lock::Timeout=' in log and 'gcc' not in log
    assert errors == 'installing sox flite with apt-get\n'


@pytest.mark.parametrize('locked, works', [(0, True), (1, True), (3, True), (4, False)])
def test_the_lock_of_another_program_is_waited_for(world, locked, works):
    status, errors, log, installed = world(locked, 'apt_install', 'flite')
    assert (status == 0) is works and installed == ({'flite'} if works else set())
    assert log.count('sleep') == min(locked, 3) and log.count('update') == min(locked, 3) + 1
    assert ('E missing: flite.' in errors) is not works


def test_one_that_a_distribution_lacks_costs_no_other(world):
    status, errors, _, installed = world(0, 'apt_try', 'sox', 'libfuture-dev', 'flite')
    assert (status, installed) == (0, {'sox', 'flite'})
    assert 'W continuing without libfuture-dev: tests that need them are skipped, or fail where ' \
        '$CI is set\n' in errors


@pytest.mark.parametrize('function, status', [('apt_try', 0), ('apt_install', 1)])
def test_who_may_not_install_is_told_what_to(world, function, status):
    got, errors, log, installed = world(0, function, 'sox', 'flite', root='1000')
    assert (got, log, installed) == (status, '', set())
    assert '(Debian: apt-get install sox flite)' in errors
