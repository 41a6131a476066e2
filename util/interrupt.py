"""Ctrl-C and SIGTERM end a run at the next step, so that it can be saved first."""
import signal
import types


class Interrupt:
    """While entered, remembers the first such signal; the second one kills as usual.

    Use as a context manager; `status` is 0, or the exit status 128 + signal once one came.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.status = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> 'Interrupt':
        self._before = {number: signal.signal(number, self._note) for number in self._SIGNALS}
        return self

    def __exit__(self, *exc: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, frame: types.FrameType | None) -> None:
        self.status = 128 + number
        for number in self._SIGNALS:
            signal.signal(number, signal.SIG_DFL)
