"""Scripts of bin/ as modules, and as users run them."""

import importlib.util
import os
import pathlib
import subprocess
import sys
from types import ModuleType

from tests.helpers.places import BIN


def load(path: pathlib.Path) -> ModuleType:
    """Load a script afresh, without running its `main`."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tool(name, *arguments, status=0, **environment):
    """Run bin/NAME as a user would."""
    done = subprocess.run([sys.executable, str(BIN / name), *map(str, arguments)], text=True,
                          capture_output=True, check=False, env={**os.environ, **environment})
    assert done.returncode == status, done.stderr
    return done
