"""What `make npm` leaves, installed by npm where there is nothing else (slow)."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from native_client.javascript.build_npm import NODE_NAMES
from tests.helpers.elf import check_portable
from tests.helpers.need import need_program
from tests.helpers.places import ROOT

pytestmark = pytest.mark.slow
LIBRARIES = ['deepspeech.node', 'libdeepspeech.so', 'libdskenlm.so']

# As programs for 0.9.3 are written: with the packages that came through it.
PROGRAM = '''
const DeepSpeech = require('deepspeech');
const Fs = require('fs');
const MemoryStream = require('memory-stream');
const Wav = require('node-wav');
require('argparse');
require('sox-stream');

const [model_path, scorer_path, path] = process.argv.slice(2);
const model = new DeepSpeech.Model(model_path);
model.enableExternalScorer(scorer_path);
if (Wav.decode(Fs.readFileSync(path)).sampleRate !== model.sampleRate()) throw 'another rate';
const samples = new MemoryStream();
Fs.createReadStream(path, { start: 44 }).pipe(samples);
samples.on('finish', () => {
  console.log(model.stt(samples.toBuffer()));
  DeepSpeech.FreeModel(model);
});
'''


def run(*command, cwd, **variables) -> str:
    """Return what a command says with these variables of the environment and no others."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True,
                          env={name: str(value) for name, value in variables.items()})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope='module')
def tarball(node, tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp('dist')
    run('make', '-C', ROOT / 'native_client', 'npm', f'DIST={folder}', f'PYTHON={sys.executable}',
        cwd=ROOT, **os.environ)
    [made] = folder.iterdir()
    return made


@pytest.fixture(scope='module')
def home(tarball, tmp_path_factory) -> pathlib.Path:
    """Return an empty home but for the package and the program."""
    folder = tmp_path_factory.mktemp('home')
    run('npm', 'install', tarball, cwd=folder, PATH=os.environ['PATH'], HOME=folder)
    (folder / 'program.js').write_text(PROGRAM)
    return folder


@pytest.fixture
def transcribe(node, home, facts):
    """Return what runs the program on a recording, and what Python's package says of that."""
    path, said = next(iter(facts['said'].items()))

    def transcribe() -> tuple[str, str]:
        text = run(node, 'program.js', facts['model'], facts['scorer'], path, cwd=home, HOME=home)
        return text, said['scored'] + '\n'
    return transcribe


def test_it_has_both_processors_for_glibc_2_28(tarball, home):
    version = (ROOT / 'VERSION').read_text().strip()
    assert tarball.name == f'deepspeech-{version}.tgz' and tarball.stat().st_size < 5e6
    for processor, name in NODE_NAMES.items():
        folder = home / 'node_modules' / 'deepspeech' / 'prebuilt' / f'linux-{name}'
        assert sorted(path.name for path in folder.iterdir()) == LIBRARIES
        for library in folder.iterdir():
            check_portable(library, processor)


def test_npm_alone_installs_it(home, transcribe):
    assert not (home / 'node_modules' / 'deepspeech' / 'build').exists()
    text, expected = transcribe()
    assert text == expected


def test_elsewhere_a_compiler_builds_it(node, home, transcribe, tmp_path):
    """With a package that lacks an addon for this machine, and no other program."""
    package = home / 'node_modules' / 'deepspeech'
    shutil.rmtree(package / 'prebuilt')
    need_program('c++')
    # ccache's is but a name for the one that comes after it.
    path = os.pathsep.join(each for each in os.environ['PATH'].split(os.pathsep)
                           if 'ccache' not in each)
    programs = {'node': node, **{name: shutil.which(name, path=path)
                                 for name in ('c++', 'as', 'ld', 'sh')}}
    for name, program in programs.items():
        (tmp_path / name).symlink_to(program)
    run(need_program('npm'), 'rebuild', 'deepspeech', cwd=home, PATH=tmp_path, HOME=home)
    assert sorted(path.name for path in (package / 'build').iterdir()) == LIBRARIES
    text, expected = transcribe()
    assert text == expected
