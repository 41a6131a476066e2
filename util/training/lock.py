"""One training at a time in a checkpoint folder: two would take each other's for their own."""
import contextlib
import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator

from util import log
from util.errors import UserError

NAME = '.training'  # it stays in the folder; only the lock on it tells whether one is under way
_HELD = (errno.EAGAIN, errno.EACCES)
_RESTART_SECS = 30.0  # for the process before us to end, where a cluster has started us again


@contextlib.contextmanager
def sole_training(folder: str) -> Iterator[None]:
    """Hold a checkpoint folder while entered.

    The system gives the lock up with the process that holds it, however that ends, and file
    servers with the machine: no lock can outlive its training.

    Args:
        folder: made if it is not there; '' holds none.

    Raises:
        UserError: another training saves there.
    """
    if not folder:
        yield
        return
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, NAME), 'a+', encoding='utf-8') as file:
        again = 'DEEPSPEECH_ATTEMPT' in os.environ
        until = time.monotonic() + (_RESTART_SECS if again else 0.0)
        while not _locked(file.fileno(), folder):
            if time.monotonic() >= until:
                file.seek(0)
                raise UserError(f"another training saves in '{folder}' ({file.read() or 'unknown'})"
                                ': wait for its end, or pass another --checkpoint_dir')
            time.sleep(0.2)
        file.truncate(0)
        file.write(f'process {os.getpid()} on {socket.gethostname()}')
        file.flush()
        yield


def _locked(handle: int, folder: str) -> bool:
    """Lock a file; return False if another process holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        log.warn(f"'{folder}' cannot be locked ({error.strerror}): see to it that no other "
                 'training saves there')
    return True
