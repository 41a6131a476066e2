"""Failures that a user can mend: one line each, an exit status, and no stack trace."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import re
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

from util import interrupt, log

ESCAPED = 'deepspeech-escaped'  # what is done with characters that an output cannot have


class UserError(Exception):
    """A failure the user can do something about; its text is the whole message, on one line."""


class AudioError(UserError):
    """A file that holds no usable audio; the text names the file and the reason."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f'{path}: {reason}')
        self.path, self.reason = path, reason

    def __reduce__(self) -> tuple[Any, ...]:  # crosses process borders in the check
        return AudioError, (self.path, self.reason)


def reason(failure: Exception) -> str:
    """Return an error's text without TensorFlow's `{{node}} path; ` and ` [Op:Name]`."""
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    first = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    return re.sub(r' \[Op:.*', '', first.split('; ')[-1])


def explain_missing_packages(requirements: str) -> None:
    """Let the import of a package that is not installed end in one line and exit status 1."""
    plain = sys.excepthook

    def explain(kind: type[BaseException], error: BaseException,
                trace: types.TracebackType | None) -> None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            print(f"E the Python package '{error.name}' is not installed for {sys.executable}: "
                  f'pip install -r {requirements}', file=sys.stderr)
        else:
            plain(kind, error, trace)

    sys.excepthook = explain


def open_streams() -> None:
    """Make the standard streams take whatever is printed.

    Those that the caller closed (`tool >&-`) are opened on /dev/null: otherwise the next file that
    is opened would get their numbers, and with it what is printed. Characters that their encoding
    lacks (`LC_ALL=de_DE`), or that stand for bytes of a file name, are escaped: a transcript in a
    report does not end the training that made it.
    """
    for number, name in enumerate(('stdin', 'stdout', 'stderr')):
        try:
            os.fstat(number)
        except OSError:
            while os.open(os.devnull, os.O_RDWR) < number:
                pass  # a lower number was free too
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, 'w' if number else 'r', encoding='utf-8',
                                    closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def _escape(error: UnicodeError) -> tuple[str, int]:
    r"""Return `\u00fc` for characters that an output cannot have: valid in JSON too."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start:error.end].encode('utf-16-be', 'surrogatepass').hex()
    return ''.join(f'\\u{units[i:i + 4]}' for i in range(0, len(units), 4)), error.end


codecs.register_error(ESCAPED, _escape)


def run(main: Callable[..., int | None], *args: Any) -> NoReturn:
    """Call `main(*args)` and exit with its status; failures a user can cause become one line.

    0 fine (also when `main` returns None), 1 failed, 130 interrupted; `SystemExit`
    (argparse and absl exit 2 on misuse) passes through. A reader that has left (`tool | head`)
    ends it without a word: nobody is left to read one. A Ctrl-C that whoever started us held back
    until now counts as one that comes in `main`.
    """
    open_streams()

    def heard() -> int | None:
        interrupt.let_through()
        return main(*args)

    try:
        status = status_of(heard)
    except OSError as e:  # standard output is broken: it failed at the end, or under our message
        silence(sys.stdout)
        if not isinstance(e, BrokenPipeError):
            log.to_stderr()
            with contextlib.suppress(OSError):
                log.error(f'standard output: {e.strerror}')
        status = 1
    try:
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)
    sys.exit(status)


def or_exit(check: Callable[..., None], *args: Any) -> None:
    """Call `check(*args)`, before there is a `main` to run; a failure ends the program as there."""
    try:
        check(*args)
    except UserError as e:
        log.error(e)
        sys.exit(1)


def status_of(main: Callable[[], int | None]) -> int | str | None:
    """Return the status of `main()`, and say what it failed by, as `run` does.

    Raises:
        OSError: stdout cannot be written.
    """
    try:
        status: int | str | None = main() or 0
    except UserError as e:
        log.error(e)
        status = 1
    except KeyboardInterrupt:
        status = 130
    except SystemExit as e:
        status = e.code
    except BrokenPipeError:
        silence(sys.stdout)
        status = 1
    except OSError as e:  # a full disk, a folder that may not be written
        if not e.strerror:
            raise
        sys.stdout.flush()
        log.error(f'{e.filename}: {e.strerror}' if e.filename else e.strerror)
        status = 1
    sys.stdout.flush()
    return status


def silence(stream: TextIO) -> None:
    """Drop what a broken stream still holds and whatever is written to it later."""
    with contextlib.suppress(OSError):  # no file, as in tests
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()
