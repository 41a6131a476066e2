"""Models known by a name: where they are, what belongs to them, and what is said of others."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.helpers.need import need_module

FIRST = 'espeak_000.wav'
PHRASES = 'the cat sat\nsomething else\n'
CARD = '---\nmodel_card: DeepSpeech\n---\n\n# A small model\n\nFor tests.\n'


@pytest.fixture
def places(compat, tmp_path, environment):
    """Make a home with a model, a folder of models, and the environment that tells of them."""
    home = tmp_path / 'home'
    own, more = home / '.local/share/deepspeech/models', tmp_path / 'more'
    for folder in (own, more):
        folder.mkdir(parents=True)
        shutil.copy(compat / 'model256.pbmm', folder / 'plain.pbmm')
    shutil.copy(compat / 'model256.pbmm', more / 'strict.pbmm')
    (more / 'strict.grammar').write_text(PHRASES)
    (more / 'strict.md').write_text(CARD)
    (more / 'folder.pbmm').mkdir()
    (more / 'notes.txt').write_text('no model')
    names = {**environment, 'HOME': str(home), 'DEEPSPEECH_MODELS': f':{tmp_path}/none:{more}:'}
    names.pop('XDG_DATA_HOME', None)
    return own, more, names


@pytest.fixture
def command(places, tmp_path):
    def run(*words):
        return subprocess.run([sys.executable, '-m', 'deepspeech.client', *words], check=False,
                              capture_output=True, text=True, env=places[2], cwd=tmp_path)
    return run


def in_python(code, names, *words):
    return subprocess.run([sys.executable, '-c', f'import sys, deepspeech as d\n{code}', *words],
                          check=True, capture_output=True, text=True, env=names).stdout


def test_list(command):
    done = command('--list_models')
    assert done.returncode == 0 and done.stderr == ''
    titles = dict(line.partition(' ')[::2] for line in done.stdout.splitlines())
    assert titles['plain'] == '' and titles['strict'].strip() == 'A small model'
    assert not {'folder', 'notes'} & titles.keys() and list(titles) == sorted(titles)


def test_a_name_is_a_model_with_what_belongs_to_it(command, compat, places):
    audio = str(compat / 'audio' / FIRST)
    free = command('--model', str(compat / 'model256.pbmm'), audio)
    assert command('--model', 'plain', audio).stdout == free.stdout
    assert command('plain', audio).stdout == free.stdout
    strict = command('--model', 'strict', audio)
    assert f'grammar from file {places[1]}/strict.grammar' in strict.stderr
    assert strict.stdout.strip() in ('', *PHRASES.splitlines())
    assert strict.stdout != free.stdout
    other = command('--model', 'strict', '--commands', 'dog,[unk]', audio)
    assert 'strict.grammar' not in other.stderr and set(other.stdout.split()) <= {'dog', '[unk]'}


def test_a_scorer_belongs_too(command, compat, places, shared_data):
    for name in ('plain', 'strict'):  # and is taken before a grammar
        shutil.copy(f'{shared_data}/deepspeech/pruned_lm.scorer', places[1] / f'{name}.scorer')
    audio = str(compat / 'audio' / FIRST)
    given = command('--model', str(compat / 'model256.pbmm'), '--scorer',
                    f'{shared_data}/deepspeech/pruned_lm.scorer', audio)
    assert given.returncode == 0
    for name in ('plain', 'strict'):
        assert command('--model', name, audio).stdout == given.stdout


def test_a_file_goes_before_a_name(command, compat, tmp_path):
    (tmp_path / 'plain').write_bytes(b'no model')
    assert command('--model', 'plain', 'x.wav').returncode == 1
    shutil.copy(compat / 'model256.pbmm', tmp_path / 'strict')
    assert 'grammar' not in command('--model', 'strict', str(compat / 'audio' / FIRST)).stderr


@pytest.mark.parametrize('name', ['strikt', 'notes', 'folder'])
def test_nobody_has_that_name(command, name):
    done = command('--model', name, 'x.wav')
    assert done.returncode == 1 and done.stdout == ''
    assert done.stderr.startswith(f"deepspeech: no model '{name}': there is no such file, and the "
                                  'models known by name are ') and 'plain, strict' in done.stderr
    assert done.stderr.count('\n') == 1


@pytest.mark.parametrize('path', ['./strikt', 'strikt.pbmm', 'more/strikt', ''])
def test_a_path_is_no_name(command, path):
    assert 'known by name' not in command('--model', path, 'x.wav').stderr


def test_the_first_folder_wins(places):
    own, more, names = places
    code = "print(d.find_model(sys.argv[1]).path)"
    assert in_python(code, names, 'plain') == f'{more}/plain.pbmm\n'
    del names['DEEPSPEECH_MODELS']
    assert in_python(code, names, 'plain') == f'{own}/plain.pbmm\n'
    names['XDG_DATA_HOME'] = str(own.parents[1])
    assert in_python(code, names, 'plain') == f'{own}/plain.pbmm\n'
    assert in_python(code, names, './plain') == './plain\n'


def test_python(places, compat):
    names = places[2]
    listed = in_python('for m in d.list_models(): print(m.name, m.title, sep="|")', names)
    assert 'strict|A small model\n' in listed and 'plain|\n' in listed
    code = ('m = d.open_model(sys.argv[1])\nprint(m.stt(d.read_audio(sys.argv[2])))')
    said = in_python(code, names, 'strict', str(compat / 'audio' / FIRST))
    assert said.strip() in ('', *PHRASES.splitlines())


def test_python_says_what_is_wrong():
    ds = need_module('deepspeech')
    with pytest.raises(RuntimeError, match="no model 'nobody': there is no such file"):
        ds.open_model('nobody')
    assert ds.find_model(os.path.join('a', 'b')).path == os.path.join('a', 'b')
