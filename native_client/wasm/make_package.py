#!/usr/bin/env python3
"""Make the npm package of the WebAssembly modules: `make_package.py BUILD INTO`.

BUILD is the folder of Emscripten's build. The scripts in src/ are put together to
dist/stt_wasm.js (STT's names), dist/deepspeech.js (promises) and dist/stt_wasm.worker.js; both
modules run with the loader of one.
"""

import gzip
import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
VERSION = (HERE.parents[1] / 'VERSION').read_text(encoding='utf-8').strip()
MOST_GZIPPED = 1_500_000  # bytes
ENGINE = ('load', 'model')
# Each script: what it is made of, and what it is called by.
SCRIPTS = {'stt_wasm.js': (True, (*ENGINE, 'stt'), 'STT'),
           'stt_wasm.worker.js': (True, (*ENGINE, 'resampler', 'worker'), ''),
           'deepspeech.js': (False, ('deepspeech',), 'DeepSpeech')}
# A module (CommonJS, with a default for those who import it), else a global.
EXPORT = """
if (typeof module === 'object' && module.exports) {
  module.exports = NAME;
  NAME.default = NAME;
} else {
  self.NAME = NAME;
}
"""
IMPORTS = """
const module = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));
console.log(JSON.stringify(WebAssembly.Module.imports(module).map(({name}) => name)));
"""


def imports(wasm: pathlib.Path) -> set[str]:
    """Return the names of the functions that a module asks for."""
    done = subprocess.run(['node', '-e', IMPORTS, wasm], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def loader(lib: pathlib.Path) -> str:
    """Return Emscripten's script, which serves both modules, without the lines that export it."""
    missing = imports(lib / 'plain.wasm') ^ imports(lib / 'engine.wasm')
    if missing:
        raise SystemExit('the modules need different functions of the loader: '
                         + ', '.join(sorted(missing)))
    text = (lib / 'engine.js').read_text(encoding='utf-8')
    return text[:text.rindex("if (typeof exports === 'object' && typeof module")]


def source(name: str) -> str:
    """Return a script of src/ without its own strictness: the whole is strict."""
    text = (HERE / 'src' / f'{name}.js').read_text(encoding='utf-8')
    return text.replace("'use strict';\n\n", '')


def script(start: str, parts: tuple[str, ...], name: str) -> str:
    """Return the parts as one function."""
    body = start + ''.join(source(part) for part in parts)
    return (f"// DeepSpeech {VERSION}\n(() => {{\n'use strict';\n{body}"
            f"{EXPORT.replace('NAME', name) if name else ''}}})();\n")


def make(build: pathlib.Path, into: pathlib.Path) -> None:
    """Write the package into a folder of its own."""
    shutil.rmtree(into, ignore_errors=True)
    dist = into / 'dist'
    dist.mkdir(parents=True)
    start = loader(build / 'lib')
    for name, (has_engine, parts, called) in SCRIPTS.items():
        (dist / name).write_text(script(start if has_engine else '', parts, called),
                                 encoding='utf-8')
    for module_name, name in (('engine', 'stt_wasm.wasm'), ('plain', 'stt_wasm_plain.wasm')):
        module = (build / 'lib' / f'{module_name}.wasm').read_bytes()
        size = len(gzip.compress(module))
        if size > MOST_GZIPPED:
            raise SystemExit(f'{name} has {size} bytes gzipped, more than {MOST_GZIPPED}')
        (dist / name).write_bytes(module)
        print(f'{name}: {len(module)} bytes, {size} gzipped')
    shutil.copytree(HERE / 'example', into / 'example')
    for types in (HERE / 'src').glob('*.d.ts'):
        shutil.copy(types, dist)
    shutil.copy(HERE / 'README.md', into)
    shutil.copy(HERE.parents[1] / 'LICENSE', into)
    licences = into / 'licences'
    licences.mkdir()
    for text in ('KENLM-LICENSE', 'KENLM-COPYING'):
        shutil.copy(build / 'kenlm' / text, licences)
    shutil.copy(HERE.parent / 'kenlm' / 'KENLM-SOURCE.txt', licences)
    package = json.loads((HERE / 'package.json').read_text(encoding='utf-8'))
    (into / 'package.json').write_text(json.dumps({**package, 'version': VERSION}, indent=2) + '\n',
                                       encoding='utf-8')


if __name__ == '__main__':
    make(*(pathlib.Path(argument) for argument in sys.argv[1:3]))
