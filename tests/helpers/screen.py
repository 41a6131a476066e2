"""A terminal that remembers what stands on its screen, as far as our programs move its cursor."""

import re

from util.terminal import width

_PARTS = re.compile(r'\033\[(\d*)([A-Za-z])|([\r\n])|([^\033\r\n]+)')


class Screen:
    """Wraps at the last column, as most do.

    Args:
        columns: of the screen; it is as long as need be.
    """

    def __init__(self, columns=80):
        self.columns, self.rows, self.at = columns, [[]], [0, 0]

    def write(self, text):
        """Show what a program writes."""
        end = 0
        for part in _PARTS.finditer(text):
            assert part.start() == end, f'unknown: {text[end:end + 20]!r}'
            end = part.end()
            number, command, control, plain = part.groups()
            if command:
                self._command(command, int(number or 0))
            elif control == '\r':
                self.at[1] = 0
            elif control:
                self._down()
            for char in plain or '':
                self._put(char)
        assert end == len(text), f'unknown: {text[end:end + 20]!r}'
        return self

    def _down(self):
        self.at = [self.at[0] + 1, 0]  # the terminal's driver returns to the first column
        if self.at[0] == len(self.rows):
            self.rows.append([])

    def _put(self, char):
        if self.at[1] + width(char) > self.columns:
            self._down()
        row, column = self.at
        cells = self.rows[row]
        cells += [' '] * (column - len(cells))
        if not width(char):
            cells[column - 1] += char
            return
        cells[column:column + width(char)] = [char, ''][:width(char)]
        self.at[1] += width(char)

    def _command(self, command, number):
        row, column = self.at
        if command == 'A':
            self.at[0] = max(row - max(number, 1), 0)
        else:
            assert (command, number) == ('J', 0), command
            del self.rows[row][column:], self.rows[row + 1:]

    @property
    def text(self):
        """Return what stands there."""
        return '\n'.join(''.join(row).rstrip() for row in self.rows).rstrip('\n')
