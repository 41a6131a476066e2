"""The Node package, tested by Node's own runner: the files beside this one."""

import json
import os
import re
import shutil
import subprocess

import pytest

from tests.helpers.places import ROOT

ADDON = ROOT / 'native_client' / 'javascript'
PACKAGE = ADDON / 'package'

pytestmark = pytest.mark.slow  # npm, which they need, is installed for slow tests only


@pytest.mark.parametrize('name', ['texts', 'errors'])
def test_node(run_node, name):
    run_node(f'{name}.test.js')


def test_asynchronous_calls(run_node):
    run_node('later.test.js', UV_THREADPOOL_SIZE='1')


def test_a_thousand_models_leave_nothing(run_node):
    run_node('memory.test.js', '--expose-gc', ROUNDS='1000')


def test_types(package, tools):
    """A program that uses every name, and some wrongly, passes the compiler."""
    here = package.parents[1]
    shutil.copy(os.path.join(os.path.dirname(__file__), 'types.ts'), here)
    done = subprocess.run(
        [tools / '.bin' / 'tsc', '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext',
         '--typeRoots', tools / '@types', '--types', 'node', 'types.ts'],
        cwd=here, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_types_and_program_name_the_same_things(node, package):
    described = (PACKAGE / 'index.d.ts').read_text()
    code = '''
        const ds = require('deepspeech'), names = (all) => Object.getOwnPropertyNames(all)
            .filter((name) => name !== 'constructor' && !name.startsWith('_')).sort();
        const { Stream, AlignStream } = require('./node_modules/deepspeech/lib/streams');
        console.log(JSON.stringify({exported: Object.keys(ds), Model: names(ds.Model.prototype),
            Segmenter: names(ds.Segmenter.prototype), StreamImpl: names(Stream.prototype),
            AlignStreamImpl: names(AlignStream.prototype)}))'''
    done = subprocess.run([node, '-e', code], cwd=package.parents[1], capture_output=True,
                          text=True, check=True)
    found = json.loads(done.stdout)
    exported = re.findall(r'^export declare (?:class|function|const) (\w+)', described, re.M)
    assert sorted(exported) == sorted(found.pop('exported'))
    for name, methods in found.items():
        body = re.search(rf'declare class {name} {{(.*?)^}}', described, re.M | re.S)[1]
        declared = re.findall(r'^  (?:readonly )?(\w+)(?:\(|:)', body, re.M)
        assert sorted(set(declared) - {'constructor'}) == methods, name
        used = (ROOT / 'tests' / 'javascript' / 'types.ts').read_text()
        for each in declared:
            assert f'.{each}' in used or each == 'constructor', f'{name}.{each}'


def test_without_an_addon_one_line_says_what_to_do(node, package, tmp_path):
    shutil.copytree(PACKAGE, tmp_path / 'deepspeech')
    done = subprocess.run([node, '-e', "require('./deepspeech')"], cwd=tmp_path,
                          capture_output=True, text=True)
    assert 'cannot load its addon: there is none for linux-' in done.stderr
    assert f"Run 'node {tmp_path}/deepspeech/install.js'" in done.stderr


def install(node, folder, **variables):
    return subprocess.run([node, 'install.js'], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, **variables})


def test_installing_does_nothing_where_the_prebuilt_addon_loads(node, package):
    done = install(node, package)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    assert not (package / 'build').exists()


def broken(package, folder):
    """Return a copy of the package whose prebuilt addon is for another machine."""
    shutil.copytree(package, folder)
    for addon in folder.rglob('deepspeech.node'):
        addon.write_bytes(b'\x7fELF of another machine')
    return folder


def test_a_missing_compiler_is_one_line(node, package, tmp_path):
    folder = broken(package, tmp_path / 'app' / 'node_modules' / 'deepspeech')
    done = install(node, folder, PATH=os.path.dirname(node) + '/nothing', CXX='no-such-compiler')
    assert done.returncode == 1
    assert re.fullmatch(r'deepspeech: error: no C\+\+ compiler was found \(no-such-compiler, .*\n',
                        done.stderr)
