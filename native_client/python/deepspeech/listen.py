"""`deepspeech-listen`: what is said into a microphone, as text, while it is said."""

from __future__ import annotations

import argparse
import json
import os
import queue
import shutil
import signal
import sys
import unicodedata
import wave
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import deepspeech

if TYPE_CHECKING:
    from .hearing import Said

DESCRIPTION = '''Write what is said into a microphone, while it is said.

    deepspeech-listen --model output_graph.pbmm
    deepspeech-listen --list
    deepspeech-listen --model output_graph.pbmm --device 3 --json > said.jsonl

On a terminal the utterance under way stands in the last line, with the level of the microphone; it
moves up when the speaker pauses. Ctrl-C ends it.'''
PIECE_SECS = 0.1
BARS = ' ▁▂▃▄▅▆▇█'  # of the level meter, -60 to 0 dB of full scale
Pieces = Iterator[bytes]


class DeviceError(Exception):
    """There is no microphone to be had; the text says what to do."""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    p = argparse.ArgumentParser(prog='deepspeech-listen', description=DESCRIPTION,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--model', help='exported .pbmm, .pb or .tflite, or a name that '
                   'deepspeech --list_models prints')
    p.add_argument('--scorer', help='language model')
    p.add_argument('--list', action='store_true', help='show the microphones, and exit')
    p.add_argument('--device', help='number or part of the name of a microphone (the default one)')
    p.add_argument('--file', metavar='WAV', help='hear this in place of a microphone')
    p.add_argument('--json', action='store_true', help='a line of JSON for each utterance')
    p.add_argument('--silence', type=float, default=0.8, metavar='SECS',
                   help='that ends an utterance (%(default)s)')
    o = p.parse_args(argv)
    if not o.list and not o.model:
        p.error('the following arguments are required: --model')
    if not 0.1 <= o.silence <= 60:
        p.error(f'--silence {o.silence:g}: expected 0.1 to 60 seconds')
    if o.file and o.device:
        p.error('--file takes the place of the --device')
    return o


# ---- where samples come from ----


def library() -> Any:
    """Return the module sounddevice.

    Raises:
        DeviceError: it, or PortAudio, is not there.
    """
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise DeviceError(f"{error.name} is missing: pip install 'deepspeech[listen]'") from error
    except OSError as error:
        raise DeviceError('PortAudio is not installed: sudo apt-get install libportaudio2 (Fedora: '
                          'dnf install portaudio)') from error
    return sounddevice


def microphones(sound: Any) -> list[tuple[int, dict[str, Any]]]:
    """Return the devices that can record, with their numbers."""
    return [(number, device) for number, device in enumerate(sound.query_devices())
            if device['max_input_channels'] > 0]


def microphone(sound: Any, wanted: str | None) -> tuple[int, dict[str, Any]]:
    """Choose a device.

    Raises:
        DeviceError: there is none, or not the one that is wanted.
    """
    there = microphones(sound)
    if not there:
        raise DeviceError('no microphone was found: plug one in, or start the sound server')
    names = ', '.join(f'{number} {device["name"]}' for number, device in there)
    if wanted is None:
        first = sound.default.device[0]
        return next((each for each in there if each[0] == first), there[0])
    found = [each for each in there if str(each[0]) == wanted] or [
        each for each in there if wanted.lower() in each[1]['name'].lower()]
    if len(found) != 1:
        raise DeviceError(f'--device {wanted!r}: ' + ('several are' if found else 'none is')
                          + f' called so: there are {names}')
    return found[0]


def from_device(sound: Any, wanted: str | None) -> tuple[int, Callable[[], Pieces]]:
    """Return the rate of a microphone, in Hz, and what yields its samples.

    Raises:
        DeviceError: there is none.
    """
    number, device = microphone(sound, wanted)
    rate = int(device['default_samplerate'])

    def pieces() -> Pieces:
        waiting: queue.Queue[bytes] = queue.Queue()
        lost = False

        def take(data: Any, _frames: int, _time: Any, status: Any) -> None:
            nonlocal lost
            lost = lost or bool(status.input_overflow)
            waiting.put(bytes(data))

        try:
            with sound.RawInputStream(samplerate=rate, blocksize=round(rate * PIECE_SECS),
                                      device=number, channels=1, dtype='int16', callback=take):
                while True:
                    yield waiting.get()
                    if lost:
                        lost = False
                        print('samples were lost: this machine is too slow, or too busy',
                              file=sys.stderr)
        except sound.PortAudioError as error:
            raise DeviceError(f'{device["name"]}: {error}') from error
    return rate, pieces


def from_file(path: str) -> tuple[int, Callable[[], Pieces]]:
    """Return the same of a WAV of 16 bits, mono.

    Raises:
        DeviceError: it is none.
    """
    try:
        with wave.open(path, 'rb') as file:
            form, rate = (file.getnchannels(), file.getsampwidth()), file.getframerate()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise DeviceError(f'{path}: {getattr(error, "strerror", None) or error}') from error
    if form != (1, 2):
        raise DeviceError(f'{path}: expected 16 bits, mono')
    size = 2 * round(rate * PIECE_SECS)

    def pieces() -> Pieces:
        for at in range(0, len(data), size):
            yield data[at:at + size]
    return rate, pieces


# ---- what is shown ----


class Screen:
    """Shows utterances on standard output, and on a terminal the one under way.

    Args:
        as_json: a line of JSON for each.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json, self._live = as_json, sys.stdout.isatty() and not as_json
        self._last = ''

    def under_way(self, text: str, level: str) -> None:
        """Show how an utterance begins: the end of it, where the line is too short."""
        line = f'{level} {text}'.rstrip()
        if self._live and line != self._last:
            room = shutil.get_terminal_size().columns - 1
            self._last = line
            self._write(f'\r\033[K{level} {fitting(text, room - 2)}')

    def ended(self, said: Said) -> None:
        """Write an utterance down."""
        if not said.text:
            return
        if self._live:
            self._write('\r\033[K')
        if self._as_json:
            words = [{'word': word.text, 'start': round(word.start_time, 3),
                      'end': round(word.end_time, 3), 'confidence': round(word.confidence, 4)}
                     for word in said.words]
            self._write(json.dumps({'text': said.text, 'words': words}, ensure_ascii=False) + '\n')
        else:
            self._write(said.text + '\n')

    def leave(self) -> None:
        """Take the line of the utterance under way away."""
        if self._live:
            self._write('\r\033[K')

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def fitting(text: str, room: int) -> str:
    """Return the end of a text that fits into so many columns."""
    at, columns = len(text), 0
    while at > 0:
        columns += 2 if unicodedata.east_asian_width(text[at - 1]) in 'WF' else 1
        if columns > room:
            break
        at -= 1
    return text[at:] if at == 0 else '…' + text[at + 1:]


def level(data: bytes) -> str:
    """Return a bar for the loudest sample of a piece."""
    import numpy as np
    samples = np.frombuffer(data[:len(data) // 2 * 2], '<i2').astype(np.int32)
    peak = int(np.abs(samples).max(initial=0))
    decibels = 20 * np.log10(max(peak, 1) / 32768)
    return BARS[int(min(max((decibels + 60) / 60, 0), 0.999) * len(BARS))]


# ---- the program ----


def listen(o: argparse.Namespace) -> None:
    """Hear until the end, or Ctrl-C.

    Raises:
        DeviceError: there is nothing to hear.
        RuntimeError: the model cannot be opened.
    """
    try:
        from .hearing import Hearing
    except ModuleNotFoundError as error:
        raise DeviceError(f"{error.name} is missing: pip install 'deepspeech[listen]'") from error
    rate, pieces = from_file(o.file) if o.file else from_device(library(), o.device)
    model = deepspeech.open_model(o.model, o.scorer or '')
    hearing, screen = Hearing(model, rate, o.silence), Screen(o.json)
    if sys.stderr.isatty():
        print('Listening; Ctrl-C ends.', file=sys.stderr)
    try:
        for piece in pieces():
            heard = hearing.feed(piece)
            for said in heard.ended:
                screen.ended(said)
            screen.under_way(heard.partial, level(piece))
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # once more ends it at once
    finally:
        screen.leave()
    screen.ended(hearing.finish())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    o = arguments(argv)
    try:
        if o.list:
            sound = library()
            for number, device in microphones(sound):
                mark = '*' if number == sound.default.device[0] else ' '
                print(f'{mark} {number:3} {device["name"]}, {device["default_samplerate"]:g} Hz')
        else:
            listen(o)
    except (DeviceError, RuntimeError) as error:
        print(f'deepspeech-listen: {error}', file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
