"""The alphabet: labels of the network's output, from 0 on; the CTC blank comes last, unwritten."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from functools import cached_property

from util.errors import UserError
from util.text import encoding


class Alphabet:
    """Labels (mostly single characters) and their numbers; `blank == len(alphabet)`."""

    def __init__(self, labels: Iterable[str], bytes_mode: bool = False) -> None:
        """Take the labels in order.

        Args:
            labels: texts of the labels 0, 1, ..., distinct and not empty.
            bytes_mode: text is spelt in UTF-8 bytes; see `bytes_output`.
        """
        self.labels: tuple[str, ...] = tuple(labels)
        self.bytes_mode = bytes_mode
        self._id = {label: i for i, label in enumerate(self.labels)}
        if not self.labels:
            raise ValueError('an alphabet needs at least one label')
        if '' in self._id:
            raise ValueError(f'label {self._id[""]} of the alphabet is empty')
        if len(self._id) < len(self.labels):
            twice = next(x for i, x in enumerate(self.labels) if self._id[x] != i)
            raise ValueError(f'label {twice!r} is in the alphabet twice')
        if len(self.labels) > 65535:
            raise ValueError(f'an alphabet of {len(self.labels)} labels cannot be exported: '
                             'expected at most 65535')

    @classmethod
    def load(cls, path: str) -> Alphabet:
        r"""Read an alphabet file: one label per line, `#` starts a comment line, `\#` is `#`.

        LF, CR and CRLF end a line; empty lines and a byte-order mark are ignored.
        """
        try:
            with open(path, 'rb') as f:
                data = f.read()
            with io.TextIOWrapper(io.BytesIO(data), encoding.certain(data)) as text:  # all newlines
                lines = [line.removesuffix('\n') for line in text]
        except OSError as e:
            raise UserError(f'alphabet {path!r} cannot be read ({e.strerror}): '
                            'give a file with one label per line') from e
        except UnicodeDecodeError as e:
            raise UserError(f'alphabet {path!r} is not UTF-8 (byte {e.start}): '
                            f'{encoding.advice(data, path)}') from e
        labels = [line[1:] if line.startswith('\\#') else line
                  for line in lines if line and not line.startswith('#')]
        try:
            return cls(labels)
        except ValueError as e:
            raise UserError(f'alphabet {path!r}: {e}') from e

    @classmethod
    def bytes_output(cls) -> Alphabet:
        """Return the alphabet of `--bytes_output_mode`: label i is the byte i + 1, for 1 to 255."""
        return cls((chr(byte) for byte in range(1, 256)), bytes_mode=True)

    def __len__(self) -> int:
        return len(self.labels)

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Alphabet) and self.labels == other.labels
                and self.bytes_mode == other.bytes_mode)

    def __hash__(self) -> int:
        return hash((self.labels, self.bytes_mode))

    def __repr__(self) -> str:
        return f'Alphabet({len(self)} labels{", bytes" if self.bytes_mode else ""})'

    @property
    def blank(self) -> int:
        """The number of the CTC blank: one past the last label."""
        return len(self.labels)

    @property
    def spaceless(self) -> bool:
        """Whether no label is a space, as for scripts that write none: each label is a word."""
        return not self.bytes_mode and ' ' not in self._id

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.labels))

    def _match(self, text: str, at: int) -> str | None:
        """Return the longest label at position `at` of the text."""
        for size in range(self._longest, 0, -1):
            if text[at:at + size] in self._id:
                return text[at:at + size]
        return None

    def split(self, text: str) -> list[str]:
        """Return the labels' texts that make up a text; a character that no label covers is one."""
        if self.bytes_mode or self._longest == 1:
            return list(text)
        parts, at = [], 0
        while at < len(text):
            parts.append(self._match(text, at) or text[at])
            at += len(parts[-1])
        return parts

    def encode(self, text: str) -> list[int]:
        """Return the label numbers of a text, longest label first.

        Raises:
            ValueError: a character is in no label; the message names it.
        """
        if self.bytes_mode:
            text = text.encode('utf-8').decode('latin-1')
        if self._longest == 1:
            try:
                return [self._id[c] for c in text]
            except KeyError as e:
                raise ValueError(f'character {e.args[0]!r} is not in the alphabet') from None
        ids, at = [], 0
        while at < len(text):
            label = self._match(text, at)
            if label is None:
                raise ValueError(f'character {text[at]!r} is not in the alphabet')
            ids.append(self._id[label])
            at += len(label)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of label numbers (without blanks); broken UTF-8 becomes U+FFFD."""
        text = ''.join([self.labels[i] for i in ids])
        return text.encode('latin-1').decode('utf-8', 'replace') if self.bytes_mode else text

    def missing(self, text: str) -> set[str]:
        """Return the characters of a text that no label covers."""
        if self.bytes_mode:
            return {'\0'} & set(text)
        if self._longest == 1:
            return set(text) - self._id.keys()
        bad, at = set(), 0
        while at < len(text):
            label = self._match(text, at)
            if label is None:
                bad.add(text[at])
            at += len(label or text[at])
        return bad

    def _bytes(self, label: str) -> bytes:
        return label.encode('latin-1' if self.bytes_mode else 'utf-8')

    def serialize(self) -> bytes:
        """Return 0.9.3's form: uint16 count; per label uint16 label, uint16 length, its bytes."""
        parts = [struct.pack('<H', len(self))]
        for i, label in enumerate(self.labels):
            data = self._bytes(label)
            parts += [struct.pack('<HH', i, len(data)), data]
        return b''.join(parts)

    @classmethod
    def deserialize(cls, data: bytes) -> Alphabet:
        """Read the output of `serialize` (or of 0.9.3).

        Raises:
            ValueError: the bytes are no serialised alphabet.
        """
        try:
            (count,) = struct.unpack_from('<H', data)
            at, found = 2, {}
            for _ in range(count):
                number, size = struct.unpack_from('<HH', data, at)
                found[number] = data[at + 4:at + 4 + size]
                at += 4 + size
            labels = [found[i] for i in range(count)]
            if at != len(data):
                raise ValueError(f'{len(data)} bytes, expected {at}')
            if labels == [bytes([byte]) for byte in range(1, 256)]:
                return cls.bytes_output()
            return cls(label.decode('utf-8') for label in labels)
        except (struct.error, KeyError, UnicodeDecodeError, ValueError) as e:
            raise ValueError(f'not a serialised alphabet: {e}') from e


def alphabet_lines(labels: Iterable[str]) -> str:
    """Return the contents of an alphabet file, from which `Alphabet.load` reads these labels."""
    return ''.join(f'\\{label}\n' if label.startswith('#') else f'{label}\n' for label in labels)
