"""The tools of a run of `bin/run-folder.sh`, in this process: each as it is, none of them anew."""

import os
import sys

from tests.helpers import trainer
from tests.helpers.places import ROOT
from tests.helpers.scripts import load
from util.folder.tool import Failed, Tools


class Inside(Tools):
    """Remembers what was called."""

    def __init__(self):
        super().__init__()
        self.called = []

    def run(self, tool, *arguments, silent=False):
        """Run a tool here; where its output is asked for, start it."""
        if silent:
            return super().run(tool, *arguments, silent=True)
        self.called.append(os.path.basename(tool))
        words = [str(argument) for argument in arguments]
        if tool == 'DeepSpeech.py':
            status = trainer.run(*words, '--noshow_progressbar')
        else:
            status = _status_of(tool, words)
        if status:
            raise Failed(status)
        return ''


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
