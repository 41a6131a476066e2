"""What the built libraries, modules and programs show of themselves, and guard against."""

import pathlib
import re
import subprocess

import pytest

from tests.helpers.need import need_module, need_program, unsanitized
from tests.helpers.places import ROOT

HEADERS = {'libdeepspeech.so': 'deepspeech.h', 'libdskenlm.so': 'kenlm/kenlm_shim.h'}


def readelf(path: pathlib.Path, *options: str) -> str:
    done = subprocess.run([need_program('readelf'), '-W', *options, path], capture_output=True,
                          text=True, check=True)
    return done.stdout


def shown(path: pathlib.Path) -> set[str]:
    """Return the names of the symbols that a file defines for others."""
    rows = [line.split() for line in readelf(path, '--dyn-syms').splitlines()]
    return {row[7].split('@')[0] for row in rows if len(row) > 7 and row[0][:-1].isdigit()
            and row[4] in ('GLOBAL', 'WEAK', 'UNIQUE') and row[6] != 'UND'}


def faults_of(path: pathlib.Path) -> list[str]:
    """Return what a file lacks of what it should have."""
    segments, dynamic = readelf(path, '-l'), readelf(path, '-d')
    flags = {row[0]: ''.join(row[6:-1]) for row in map(str.split, segments.splitlines())
             if len(row) > 7 and row[1].startswith('0x')}
    loads = [''.join(row[6:-1]) for row in map(str.split, segments.splitlines())
             if len(row) > 7 and row[0] == 'LOAD']
    paths = re.findall(r'R(?:UN)?PATH.*\[(.*)\]', dynamic)
    checks = {
        'its stack can be executed': 'E' not in flags.get('GNU_STACK', 'E'),
        'its tables stay writable': 'GNU_RELRO' in flags,
        'its symbols are bound late': re.search(r'BIND_NOW|FLAGS.*\bNOW\b', dynamic),
        'it has code that can be written': loads and not any('W' in f and 'E' in f for f in loads),
        'its code is relocated': 'TEXTREL' not in dynamic,
        'it lies at a fixed address': 'DYN (' in readelf(path, '-h'),
        'its frames have no guard': '__stack_chk_fail' in readelf(path, '--dyn-syms'),
        'it looks for libraries elsewhere': all(
            part.startswith('$ORIGIN') for found in paths for part in found.split(':')),
    }
    return [fault for fault, good in checks.items() if not good]


def built(build: pathlib.Path) -> list[pathlib.Path]:
    """Return all that is shipped, the installed Python modules among them."""
    modules = [pathlib.Path(need_module(name).__file__).parent
               for name in ('deepspeech', 'ds_ctcdecoder')]
    installed = [path for folder in modules for path in folder.glob('*.so')]
    assert len(installed) >= 4
    return [*(build / name for name in HEADERS), *sorted((build.parent / 'bin').iterdir()),
            *installed]


@unsanitized
def test_all_that_is_shipped_is_hardened(build):
    faults = {str(path): faults_of(path) for path in built(build)}
    assert {path: found for path, found in faults.items() if found} == {}


@unsanitized
def test_only_the_interface_is_shown(build):
    for path in built(build):
        names = shown(path)
        if path.name in HEADERS:
            header = (ROOT / 'native_client' / HEADERS[path.name]).read_text()
            wanted = set(re.findall(r'\b(?:DS|dskenlm)_\w+(?=\()', header)) - {'DS_FOR_EACH_ERROR'}
            assert names <= wanted and len(names) > 8, (path, names - wanted)
            assert {name for name in wanted if not name.startswith('DS_DEFINE')} == names
        elif '.so' in path.name:
            assert len(names) == 1 and next(iter(names)).startswith('PyInit_'), (path, names)


@pytest.mark.parametrize('options, fault', [
    (['-Wl,-z,norelro'], 'its tables stay writable'),
    (['-Wl,-z,execstack'], 'its stack can be executed'),
    (['-Wl,-z,lazy'], 'its symbols are bound late'),
    (['-fno-stack-protector'], 'its frames have no guard'),
    (['-Wl,-rpath,/tmp'], 'it looks for libraries elsewhere')])
def test_each_fault_would_be_seen(tmp_path, options, fault):
    source, library = tmp_path / 'a.c', tmp_path / 'liba.so'
    source.write_text('#include <string.h>\nvoid f(const char* s, char* t)'
                      ' { char c[99]; strcpy(c, s); strcpy(t, c); }\n')
    good = ['-fstack-protector-strong', '-Wl,-z,relro', '-Wl,-z,now']
    for extra, faults in (([], []), (options, [fault])):
        subprocess.run([need_program('cc'), '-shared', '-fPIC', *good, *extra, source, '-o',
                        library], check=True, capture_output=True)
        assert faults_of(library) == faults
