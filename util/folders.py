"""Whether results can be written where they are to go: asked before a training, not after it."""

import os
import tempfile

from util.log import UserError


def check_writable(folder: str, what: str, flag: str) -> None:
    """Make a folder and try to write in it.

    Args:
        folder: '' is the current one.
        what: is to be written there, for the message.
        flag: that names another folder.

    Raises:
        UserError: it cannot be made or written.
    """
    folder = folder or '.'
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix='.write-test-') as file:
            file.write(b'x' * 4096)
            file.flush()
    except OSError as error:
        raise UserError(f"{what}: the folder '{folder}' cannot be written ({error.strerror}): "
                        f'make it writable or pass another {flag}') from error
