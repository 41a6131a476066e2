"""The tools of a run of `bin/run-folder.sh`, in this process: each as it is, none of them anew."""

import contextlib
import io
import os
import sys
from pathlib import Path

from tests.helpers.places import ROOT
from tests.helpers.scripts import load
from util.folder.tool import Failed, Tools


class Inside(Tools):
    """Remembers what was called."""

    def __init__(self):
        super().__init__()
        self.called = []

    def run(self, tool, *arguments, silent=False):
        """Run a tool here; return what it printed if `silent`."""
        words = [str(argument) for argument in arguments]
        if silent:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
                _status_of(tool, words)
            return printed.getvalue()
        self.called.append(os.path.basename(tool))
        self.do(tool, words)
        return ''

    def do(self, tool, words):
        """Do what a tool does."""
        if tool == 'DeepSpeech.py':
            from tests.helpers import trainer  # loads TensorFlow
            status = trainer.run(*words, '--noshow_progressbar')
        else:
            status = _status_of(tool, words)
        if status:
            raise Failed(status)


class Quick(Inside):
    """Imports the same recordings once; for other tools, leaves the files that they are asked for.

    Args:
        instead: called in the place of a tool once it has left nothing or half of it: it raises.
        where: which call of a tool that is, from 0; None for none.
    """

    FILES = {'--out': '', '--test_output_file': '', '--checkpoint_dir': 'train-1.index',
             '--export_dir': 'output_graph.pbmm'}
    imported = {}  # names of recordings, options -> what an import left: path -> bytes

    def __init__(self, where=None, instead=None):
        super().__init__()
        self._where, self._instead = where, instead

    def do(self, tool, words):
        """Leave what a tool leaves."""
        if len(self.called) - 1 == self._where:
            self._instead()
        elif tool == 'bin/import_folder.py':
            self._import(tool, *words)
        else:
            for flag, name in self.FILES.items():
                if flag in words:
                    path = Path(words[words.index(flag) + 1]) / name
                    path.parent.mkdir(exist_ok=True)
                    path.touch()

    def _import(self, tool, data, option, recordings, *options):
        assert option == '--recordings'
        names = [path.name for path in Path(recordings).iterdir()]
        left = self.imported.get((*sorted(names), *options))
        if left is None:
            super().do(tool, [data, option, recordings, *options])
            self.imported[(*sorted(names), *options)] = {
                path.relative_to(data): path.read_bytes()
                for path in Path(data).rglob('*') if path.is_file()}
        for name, content in (left or {}).items():
            path = Path(data) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _status_of(tool, words):
    before, sys.argv = sys.argv, [tool, *words]
    page = load(ROOT / tool)
    try:
        if hasattr(page, 'corpus'):
            page.main(page.corpus, page.__doc__, page.add_arguments)
        else:
            page.main()
    except SystemExit as stop:
        return stop.code
    finally:
        sys.argv = before
    return 0
