"""Failures that a user can mend: one line each, an exit status, and no stack trace."""

from __future__ import annotations

import os
import re
import sys
import types
from collections.abc import Callable, Sequence

from util import log


class UserError(Exception):
    """A failure the user can do something about; its text is the whole message, on one line."""


def reason(failure: Exception) -> str:
    """What went wrong, without TensorFlow's `{{node}} path; ` in front and ` [Op:Name]` behind."""
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    first = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    return re.sub(r' \[Op:.*', '', first.split('; ')[-1])


def explain_missing_packages(requirements: str) -> None:
    """From now on an import of a package that is not installed ends in one line, exit status 1."""
    plain = sys.excepthook

    def explain(kind: type[BaseException], error: BaseException,
                trace: types.TracebackType | None) -> None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            print(f"E the Python package '{error.name}' is not installed for {sys.executable}: "
                  f'pip install -r {requirements}', file=sys.stderr)
        else:
            plain(kind, error, trace)

    sys.excepthook = explain


def run(main: Callable[..., int | None], *args: Sequence[str]) -> None:
    """Calls `main(*args)` and exits with its status; failures a user can cause become one line.

    0 fine (also when `main` returns None), 1 failed, 130 interrupted; `SystemExit`
    (argparse and absl exit 2 on misuse) passes through.
    """
    try:
        status = main(*args) or 0
        sys.stdout.flush()
    except UserError as e:
        log.error(e)
        status = 1
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:  # `tool | head` closed our stdout: nobody is left to read a message
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as e:  # a full disk, a folder that may not be written
        if not e.strerror:
            raise
        log.error(f'{e.filename}: {e.strerror}' if e.filename else e.strerror)
        status = 1
    sys.exit(status)
