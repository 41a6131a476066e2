"""The picture of the packages is that of the tree, and the walks name what exists."""

import ast
import importlib.util
import re

import pytest

from tests.helpers.places import ROOT

PAGE = (ROOT / 'doc' / 'inside' / 'architecture.md').read_text(encoding='utf-8')


@pytest.fixture(name='drawing')
def fixture_drawing():
    """Load doc/draw_architecture.py as a module of its own: tests change its tables."""
    spec = importlib.util.spec_from_file_location('drawing', ROOT / 'doc' / 'draw_architecture.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_picture_is_that_of_the_tree(drawing):
    drawn = drawing.draw(drawing.arrows())
    assert drawing.PICTURE.read_text(encoding='utf-8') == drawn, (
        'packages or their imports have changed: python doc/draw_architecture.py')


def test_picture_changes_with_an_import(drawing):
    found = drawing.arrows()
    assert {('util/audio', 'util'), ('native_client/api', 'native_client/engine')} <= set(found)
    assert drawing.draw(found) != drawing.draw(found - {('util/audio', 'util')})


def test_every_package_is_in_the_picture(drawing):
    folders = {path.parent for path in (ROOT / 'util').glob('*/__init__.py')}
    folders |= {path.parent for path in (ROOT / 'native_client').glob('*/CMakeLists.txt')
                if path.parent.name not in drawing.NOT_DRAWN}
    names = {folder.relative_to(ROOT).as_posix() for folder in folders}
    assert names < set(drawing.ROOMS)
    assert all((ROOT / room).exists() for room in drawing.ROOMS)


def constant(path, name):
    """Return a module's constant without importing the module."""
    return next(ast.literal_eval(node.value) for node in ast.parse((ROOT / path).read_text()).body
                if isinstance(node, ast.Assign) and node.targets[0].id == name)


def test_order_is_that_of_the_tests_of_the_house(drawing):
    python = [room.removesuffix('.py').replace('/', '.') for room in drawing.PYTHON_ROOMS
              if room.startswith('util')]
    assert [*python, 'programs'] == list(constant('tests/test_house.py', 'ORDER'))
    native = constant('tests/native/test_house.py', 'USES')
    assert [name for name in native if name not in drawing.NOT_DRAWN] == list(drawing.NATIVE_ROOMS)


def test_arrow_that_points_up_and_new_package_are_refused(drawing, monkeypatch):
    upside_down = dict(reversed(drawing.ROOMS.items()))
    monkeypatch.setattr(drawing, 'ROOMS', upside_down)
    with pytest.raises(ValueError, match='util/data -> util.*: imports point down'):
        drawing.arrows()
    monkeypatch.setattr(drawing, 'ROOMS', {'util': ''})
    with pytest.raises(ValueError, match='util/data.*: not in ROOMS'):
        drawing.arrows()


def test_shortcuts_are_left_out(drawing, monkeypatch):
    monkeypatch.setattr(drawing, 'ROOMS', dict.fromkeys('abcd', ''))  # from the bottom
    found = {('d', 'c'), ('c', 'b'), ('b', 'a'), ('d', 'a'), ('c', 'a')}
    assert drawing.without_shortcuts(found) == {('d', 'c'), ('c', 'b'), ('b', 'a')}


def walks():
    """Return (title, [(path, name)]) of each walk; every item has a room."""
    found = []
    for section in re.split(r'\n## ', PAGE)[1:]:
        title, _, body = section.partition('\n')
        items = re.split(r'\n\d+\. ', '\n' + body)[1:]
        steps = []
        for item in items:
            rooms = re.findall(r'`([\w/.-]+\.(?:py|cc|h))`((?:,\s+`[\w.:]+`)+)', item)
            assert rooms, f'{title}: no room in: {item}'
            steps += [(path, name) for path, names in rooms
                      for name in re.findall('`(.+?)`', names)]
        found.append((title, steps))
    return found


def python_names(text):
    """Return functions, classes, methods as `Class.method`, and variables of a module."""
    names = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f'{node.name}.{part.name}' for part in node.body
                      if isinstance(part, ast.FunctionDef)}
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def is_in(name, path):
    text = (ROOT / path).read_text(encoding='utf-8')
    if path.endswith('.py'):
        return name in python_names(text)
    return bool(re.search(rf'\b{name}\(|\b(?:class|struct) {name}\b', text))


def test_there_are_six_walks():
    assert len(walks()) == 6
    assert all(len(steps) >= 8 for _, steps in walks())


@pytest.mark.parametrize('title, steps', walks(), ids=lambda value: value if isinstance(value, str)
                         else '')
def test_rooms_of_a_walk_exist(title, steps):
    for path, name in steps:
        assert (ROOT / path).exists(), path
        assert is_in(name, path), f'{title}: no {name} in {path}'


def test_check_of_walks_can_fail():
    assert is_in('Flags.parse', 'util/flags.py')
    assert not is_in('parse', 'util/flags.py')
    assert not is_in('Engine::Walk', 'native_client/engine/engine.cc')


PAGES = [ROOT / 'CONTRIBUTING.md', ROOT / 'doc' / 'inside' / 'recipes.md']
TO_COME = ('NAME', 'DS_Name', 'util/data/augment/', 'build/doc', 'FOLDER')  # made by the reader


def spans(page):
    """Return what a page shows as code, but for blocks and what does not exist yet."""
    prose = re.sub(r'```.*?```', '', page.read_text(encoding='utf-8'), flags=re.S)
    return [span for span in re.findall(r'`([^`]+)`', prose)
            if not any(part in span for part in TO_COME)]


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_paths_on_a_page_exist(page):
    paths = [span for span in spans(page) if re.fullmatch(r'[\w.-]+(?:/[\w.-]*)+', span)]
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_names_in_the_recipes_are_in_the_code():
    code = ' '.join(path.read_text(encoding='utf-8') for folder in ('util', 'native_client')
                    for path in (ROOT / folder).rglob('*')
                    if path.suffix in ('.py', '.pyi', '.cc', '.h', '.inc', '.i', '.txt')
                    and not any(part.startswith('build-') for part in path.parts))
    words = set(re.findall(r'\w+', code))
    names = {name for span in spans(PAGES[1]) if re.fullmatch(r'[\w.]*[A-Z_][\w.]*', span)
             for name in span.split('.')[:2] if '/' not in span and name != 'md'}
    assert {'SourceClip', '_refuse_contradictions', 'OrNull'} <= names
    assert names - words - {'DeepSpeech'} == set()
