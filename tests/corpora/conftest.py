"""A runner of importers that compares what they wrote, and folders that broke them once."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.helpers.importing import Result
from tests.helpers.need import need
from tests.helpers.places import BIN
from tests.helpers.scripts import load


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs an importer in this process and parses its report."""

    def run_importer(name: str, folder: Path, *args: object, status: int = 0) -> Result:
        path = BIN / f'import_{name}.py'
        argv = [str(path), str(folder), '--json', '--jobs', '1', *map(str, args)]
        monkeypatch.setattr(sys, 'argv', argv)
        page = load(path)
        corpus = page.CORPUS if hasattr(page, 'CORPUS') else page.corpus
        with pytest.raises(SystemExit) as stop:
            page.main(corpus, page.__doc__, getattr(page, 'add_arguments', lambda parser: None))
        out, err = capsys.readouterr()
        assert (stop.value.code or 0) == status, err
        return Result(status, json.loads(out) if out.strip() else {}, err)

    return run_importer


@pytest.fixture
def faults(shared_data, tmp_path) -> Path:
    """Return a copy, to be written into, of what outsiders broke importers with."""
    source = Path(shared_data).parent / 'faults' / 'train'
    need(source.is_dir(), 'the folder ../shared/faults')
    for path in source.rglob('*'):
        target = tmp_path / 'faults' / path.relative_to(source)
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return tmp_path / 'faults'
