"""Scripts of bin/ as modules."""

import importlib.util
import pathlib
from types import ModuleType


def load(path: pathlib.Path) -> ModuleType:
    """Load a script afresh, without running its `main`."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
