"""Scorers that no tool writes: sound ones whose parts were changed knowingly, not at random.

    cases(sound: bytes) -> Iterator[tuple[str, bytes]]

A scorer is taken apart into its fields: KenLM's header and vocabulary, the package's header, the
automaton's header, states and arcs, the alphabet behind it. Every field gets what it should not
hold (nothing, one more, all ones, the greatest and the least of its size), alone and two at a time;
regions are repeated, nested, exchanged, left out and laid over each other; the automaton gets
cycles, arcs out of range and states that share arcs.
"""

import itertools
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass

SIZES = {'B': 1, 'H': 2, 'i': 4, 'I': 4, 'f': 4, 'q': 8, 'Q': 8, 'd': 8}
FLOATS = (0.0, -0.0, -1.0, 1.0, 1.0000001, 1e-40, 1e38, float('inf'), -float('inf'), float('nan'))
HEADER, COUNTS = 88, 108  # of KenLM: where its parameters and its counts of n-grams begin
PACKAGE = b'EIRT'
ALPHABET = b'ALPH'


@dataclass(frozen=True)
class Field:
    """A number in a file."""

    name: str
    at: int
    kind: str  # as struct has it

    def read(self, data: bytes) -> float:
        return struct.unpack_from('<' + self.kind, data, self.at)[0]

    def write(self, data: bytes, value: float) -> bytes:
        out = bytearray(data)
        if self.kind in 'fd':
            struct.pack_into('<' + self.kind, out, self.at, value)
        else:
            size = SIZES[self.kind]
            out[self.at:self.at + size] = (int(value) % (1 << 8 * size)).to_bytes(size, 'little')
        return bytes(out)

    def odd(self, data: bytes) -> list[float]:
        """Return what it should not hold."""
        if self.kind in 'fd':
            return list(FLOATS)
        bits, now = 8 * SIZES[self.kind], int(self.read(data))
        values = {0, 1, 2, 5, 6, 7, 127, 128, 255, now - 1, now + 1, now + 7, 2 * now, now // 2,
                  now + (1 << bits // 2), 1 << bits - 1, (1 << bits - 1) - 1, (1 << bits) - 1,
                  1 << bits // 2, (1 << bits // 2) - 1}
        return sorted({value % (1 << bits) for value in values} - {now % (1 << bits)})


@dataclass(frozen=True)
class Layout:
    """Where the parts of a scorer lie; those of a plain language model end with `lm_end`."""

    data: bytes

    @property
    def order(self) -> int:
        return self.data[HEADER]

    @property
    def vocabulary(self) -> int:
        return (COUNTS + 8 * self.order + 7) // 8 * 8

    @property
    def lm_end(self) -> int:
        return self.data.rindex(PACKAGE) if PACKAGE in self.data else len(self.data)

    @property
    def is_package(self) -> bool:
        return self.lm_end < len(self.data)

    @property
    def fst(self) -> int:
        return self.lm_end + 25

    @property
    def sizes(self) -> int:
        """Of the automaton: where its start, its numbers of states and of arcs are."""
        return self.fst + 4 + 4 + len('const') + 4 + len('standard') + 4 + 4 + 8

    @property
    def counts(self) -> tuple[int, int, int]:
        return struct.unpack_from('<3q', self.data, self.sizes)

    @property
    def states(self) -> int:
        return (self.sizes + 24 + 15) // 16 * 16

    @property
    def arcs(self) -> int:
        return (self.states + 20 * self.counts[1] + 15) // 16 * 16

    @property
    def end(self) -> int:
        return self.arcs + 16 * self.counts[2]

    def fields(self) -> list[Field]:
        """Return the numbers that say how the rest is to be read, and some of the others."""
        found = [Field('order', HEADER, 'B'), Field('multiplier', HEADER + 4, 'f'),
                 Field('type', HEADER + 8, 'I'), Field('has words', HEADER + 12, 'B'),
                 Field('search version', HEADER + 16, 'I')]
        found += [Field(f'{n + 1}-grams', COUNTS + 8 * n, 'Q') for n in range(self.order)]
        found += [Field(f'sanity {at}', at, 'I') for at in range(52, HEADER, 4)]
        # The vocabulary's size, then keys and ids; the end of the n-grams.
        found += [Field(f'vocabulary {at}', at, 'I') for at in range(
            self.vocabulary, min(self.vocabulary + 160, self.lm_end - 4), 4)]
        inside = range(self.vocabulary + 160, self.lm_end - 8, 8)
        found += [Field(f'n-grams {at}', at, 'Q') for at in inside[::len(inside) // 40 + 1]]
        if not self.is_package:
            return found
        at = self.lm_end
        found += [Field('magic', at, 'I'), Field('version', at + 4, 'i'),
                  Field('mode', at + 8, 'B'), Field('alpha', at + 9, 'd'),
                  Field('beta', at + 17, 'd')]
        at = self.fst
        found += [Field('fst magic', at, 'i'), Field('fst type length', at + 4, 'i'),
                  Field('arc type length', at + 13, 'i'), Field('fst version', at + 25, 'i'),
                  Field('fst flags', at + 29, 'i'), Field('fst properties', at + 33, 'Q')]
        found += [Field(name, self.sizes + 8 * i, 'q')
                  for i, name in enumerate(('start', 'states', 'arcs'))]
        for state in range(self.counts[1]):
            at = self.states + 20 * state
            found.append(Field(f'state {state} weight', at, 'f'))
            found += [Field(f'state {state} {name}', at + 4 + 4 * i, 'I')
                      for i, name in enumerate(('first arc', 'arcs', 'epsilons', 'outputs'))]
        for arc in range(self.counts[2]):
            at = self.arcs + 16 * arc
            found += [Field(f'arc {arc} label', at, 'i'), Field(f'arc {arc} output', at + 4, 'i'),
                      Field(f'arc {arc} weight', at + 8, 'f'),
                      Field(f'arc {arc} next', at + 12, 'i')]
        if self.data[self.end:self.end + 4] == ALPHABET:
            found += [Field(f'alphabet {at}', at, 'H')
                      for at in range(self.end + 4, len(self.data) - 2, 2)]
        return found

    def regions(self) -> list[bytes]:
        """Return the file in its parts."""
        cuts = [0, HEADER, self.vocabulary, self.lm_end]
        if self.is_package:
            cuts += [self.fst, self.states, self.arcs, self.end]
        return [self.data[a:b] for a, b in itertools.pairwise([*cuts, len(self.data)])]


def of_fields(layout: Layout, pairs: int, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield every field with what it should not hold, then two at a time."""
    data, fields = layout.data, layout.fields()
    for field in fields:
        for value in field.odd(data):
            yield f'{field.name} = {value}', field.write(data, value)
    for _ in range(pairs):
        a, b = draw.sample(fields, 2)
        of_a, of_b = draw.choice(a.odd(data)), draw.choice([*b.odd(data), a.read(data)])
        if b.kind not in 'fd' and of_b != of_b or abs(of_b) == float('inf'):
            of_b = 0
        yield f'{a.name} = {of_a}, {b.name} = {of_b}', b.write(a.write(data, of_a), of_b)


def of_regions(layout: Layout) -> Iterator[tuple[str, bytes]]:
    """Yield regions repeated, nested, exchanged, left out, overlapping, of ones and of zeros."""
    parts = layout.regions()

    def joined(*changed: bytes) -> bytes:
        return b''.join(changed)

    for i, part in enumerate(parts):
        before, after = parts[:i], parts[i + 1:]
        yield f'region {i} left out', joined(*before, *after)
        yield f'region {i} twice', joined(*before, part, part, *after)
        yield f'region {i} 300 times', joined(*before, *[part] * 300, *after)
        yield f'region {i} holds the file', joined(*before, layout.data, *after)
        yield f'the file ends with region {i}', joined(*before, part)
        for fill in (b'\xff', b'\0', b'\x7f'):
            yield f'region {i} of {fill!r}', joined(*before, fill * len(part), *after)
        for overlap in (1, 4, 7, 8, 16, 17):
            yield f'region {i} over the next by {overlap}', joined(*before, part[:-overlap], *after)
            yield f'region {i} moved by {overlap}', joined(*before, b'\0' * overlap, part, *after)
        for k in range(i + 1, len(parts)):
            yield f'regions {i} and {k} exchanged', joined(
                *before, parts[k], *parts[i + 1:k], part, *parts[k + 1:])
    for size in range(0, len(layout.data), max(1, len(layout.data) // 400)):
        yield f'cut off after {size}', layout.data[:size]


def of_automata(layout: Layout, count: int, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield automata with cycles, shared arcs, labels twice and in no order, and dead ends."""
    _, states, arcs = layout.counts
    for number in range(count):
        data = bytearray(layout.data)
        kind = number % 8
        for arc in range(arcs):
            at = layout.arcs + 16 * arc
            if kind == 0:  # every arc leads to one state
                struct.pack_into('<i', data, at + 12, number // 8 % states)
            elif kind == 1:  # anywhere
                struct.pack_into('<i', data, at + 12, draw.randrange(-2, states + 2))
            elif kind == 2:  # one label, or all in wrong order
                struct.pack_into('<i', data, at, arcs - arc if number % 16 < 8 else 1 + number % 5)
            elif kind == 3:  # labels of no alphabet
                struct.pack_into('<i', data, at, draw.choice([-1, 0, 300, 1 << 30, -(1 << 31)]))
        for state in range(states):
            at = layout.states + 20 * state
            if kind == 4:  # all share all arcs
                struct.pack_into('<2I', data, at + 4, 0, arcs)
            elif kind == 5:  # overlapping
                first = draw.randrange(arcs + 1)
                struct.pack_into('<2I', data, at + 4, first, draw.randrange(arcs + 3))
            elif kind == 6:  # all final, or none
                struct.pack_into('<f', data, at, 0.0 if number % 16 < 8 else float('inf'))
            elif kind == 7:  # all share all arcs, which lead anywhere, and nothing is final
                struct.pack_into('<f2I', data, at, float('inf'), 0, arcs)
        if kind == 7:
            for arc in range(arcs):
                struct.pack_into('<i', data, layout.arcs + 16 * arc + 12, draw.randrange(states))
        yield f'automaton of kind {kind}', bytes(data)


def of_alphabets(layout: Layout) -> Iterator[tuple[str, bytes]]:
    """Yield alphabets with labels twice, empty, too long, without end and within each other."""
    def alphabet(*labels: bytes, count: int | None = None) -> bytes:
        return struct.pack('<H', len(labels) if count is None else count) + b''.join(
            struct.pack('<HH', i, len(label)) + label for i, label in enumerate(labels))

    plain = [bytes([c]) for c in b" abcdefghij'"]
    for name, made in {
            'none': b'', 'no labels': alphabet(), 'of one': alphabet(b' '),
            'the same': alphabet(*plain), 'empty labels': alphabet(*[b''] * 12),
            'one label twice': alphabet(*plain[:-1], b'a'),
            'long labels': alphabet(*[b'x' * 65535] * 30),
            'fewer than it says': alphabet(*plain, count=65535), 'more': alphabet(*plain, count=1),
            'many': alphabet(*(struct.pack('<H', i) for i in range(65535))),
            'itself': alphabet(*plain[:-1], alphabet(*plain)), 'of zeros': bytes(100000),
            'of ones': b'\xff' * 100000}.items():
        yield f'alphabet: {name}', layout.data[:layout.end] + ALPHABET + made
        yield f'two alphabets: {name}', (layout.data[:layout.end] + ALPHABET + alphabet(*plain)
                                         + ALPHABET + made)


def of_text(arpa: str) -> Iterator[tuple[str, bytes]]:
    """Yield ARPA files whose sections, counts and lines are not as they should be."""
    lines = arpa.splitlines(keepends=True)
    for i, line in enumerate(lines):
        rest = lines[:i], lines[i + 1:]
        for name, other in {
                'left out': '', 'twice': line * 2, '1000 times': line * 1000,
                'a tab more': '\t' + line,
                'without its end': line.rstrip('\n'), 'within itself': line.rstrip('\n') + line,
                'long': line.rstrip('\n') + ' x' * 100000 + '\n', 'a NUL': '\0' + line,
                'numbers': '1e309 ' + line, 'nan': line.replace('-', 'nan', 1),
                'positive': line.replace('-', '', 1), 'inf': line.replace('-0', '-inf', 1),
                'huge': line.replace('=', '=9' * 9, 1), 'negative': line.replace('=', '=-', 1),
                'zero': line.replace('=', '=0x', 1),
                'all ones': line.replace('=', f'={2**64 - 1} ', 1),
                'another order': line.replace('2', '255', 1), 'order 0': line.replace('2', '0', 1),
                'unknown words': line.replace('ab', 'nobody', 1),
                'no words': line.replace('ab', '', 1),
                'markers': line.replace('ab', '<unk>', 1), 'begins': line.replace('ab', '<s>', 1),
                'ends': line.replace('<s>', '</s>', 1), 'not UTF-8': line.replace('ab', '\xff', 1),
        }.items():
            if other != line:
                text = ''.join([*rest[0], other, *rest[1]])
                yield f'line {i} {name}', text.encode('latin-1')
    for i, k in itertools.combinations(range(len(lines)), 2):
        swapped = list(lines)
        swapped[i], swapped[k] = lines[k], lines[i]
        yield f'lines {i} and {k} exchanged', ''.join(swapped).encode()
    yield 'nested', arpa.replace('\\end\\', arpa).encode()
    yield 'twice', (arpa * 2).encode()


def cases(sound: bytes, pairs: int = 300, automata: int = 160) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents; the same each time."""
    draw = random.Random(len(sound))
    if sound.startswith(b'\\data'):
        yield from of_text(sound.decode())
        return
    layout = Layout(sound)
    yield from of_fields(layout, pairs, draw)
    yield from of_regions(layout)
    if layout.is_package:
        yield from of_automata(layout, automata, draw)
        yield from of_alphabets(layout)
