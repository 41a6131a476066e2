#!/usr/bin/env python3
"""Draws doc/inside/architecture.svg: the packages of the repository and what each imports.

    python doc/draw_architecture.py            # writes the picture
    python doc/draw_architecture.py --check    # exits 1 if the picture is out of date

The arrows come from the import statements of the Python packages and the #include lines of the
folders of native_client; the names, sentences and order of the packages stand in ROOMS. An arrow
that points up in that order is an error, and so is a package that is not listed.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / 'doc' / 'inside' / 'architecture.svg'

# Each package, what it is for, from the bottom to the top: arrows point from later to earlier ones.
NATIVE_ROOMS = {
    'base': 'errors, files, alphabets, the processor',
    'kernels': 'inner loops, a file per instruction set',
    'features': 'samples to MFCC features',
    'segment': 'where somebody speaks',
    'model': 'model files: read, packed, written',
    'engine': 'runs the network on threads',
    'kenlm': 'n-gram models behind a C interface',
    'scorer': 'words and their scores',
    'grammar': 'what may be said, as an automaton',
    'keywords': 'phrases in speech without end',
    'decoder': 'CTC beam search',
    'confidence': 'how far results can be trusted',
    'align': 'where a text is spoken',
    'api': 'the C functions and streams',
    'client': 'the command deepspeech',
    'python': 'deepspeech, its server, ds_ctcdecoder, stt',
    'javascript': 'the Node package',
    'wasm': 'the engine in browsers',
}
PYTHON_ROOMS = {
    'util': 'features, flags, files, errors, log',
    'util/text': 'encodings, cleaning, the alphabet',
    'util/audio': 'audio files to samples',
    'util/client': 'recordings through the native client',
    'util/corpora': 'importing corpora',
    'util/align': 'long recordings to clips',
    'util/data': 'CSV rows to batches',
    'util/network': 'sizes, LSTM, dropout, Adam',
    'util/export': 'weights to model files',
    'util/training': 'checkpoints, schedule, decoding, report',
    'util/cluster': 'processes, devices, machines',
    'util/lm': 'text to scorers',
    'util/report': 'a page to look at after training',
    'util/folder': 'a folder of recordings to a model',
    'util/settings.py': 'flags to records',
    'DeepSpeech.py': 'flags, network, training, main',
    'bin': 'a script for each job',
}
ROOMS = {**{f'native_client/{name}': text for name, text in NATIVE_ROOMS.items()}, **PYTHON_ROOMS}
MODULES = {'deepspeech', 'ds_ctcdecoder', 'stt'}  # what native_client/python is imported as
NOT_DRAWN = {'bench', 'examples', 'test'}  # folders of native_client: programs that nothing uses
EXTENSIONS = {'.cc', '.h', '.c', '.hpp', '.i', '.inc'}

# ---- arrows ----


def room_of_module(name: str) -> str | None:
    """Return the room of an imported Python module; None for one from elsewhere."""
    top, _, rest = name.partition('.')
    if top in MODULES:
        return 'native_client/python'
    if top == 'DeepSpeech':
        return 'DeepSpeech.py'
    if top != 'util':
        return None
    part = rest.partition('.')[0]
    if f'util/{part}.py' in ROOMS:
        return f'util/{part}.py'
    return f'util/{part}' if (ROOT / 'util' / part).is_dir() and part else 'util'


def room_of_file(path: Path) -> str:
    """Return the room that a file of the repository belongs to."""
    parts = path.relative_to(ROOT).parts
    whole = '/'.join(parts)
    if whole in ROOMS:
        return whole
    if len(parts) == 1:
        return 'bin'  # lm_optimizer.py and its like, which stand where 0.9.3 had them
    depth = 2 if parts[0] == 'native_client' or len(parts) > 2 else 1
    return '/'.join(parts[:depth])


def imported(path: Path) -> Iterator[str]:
    """Yield the names of the modules that a Python file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            folder = ROOT / node.module.replace('.', '/')
            if folder.is_dir():  # from package import module
                yield from (f'{node.module}.{alias.name}' for alias in node.names)
            else:
                yield node.module


def included(path: Path) -> Iterator[str]:
    """Yield the rooms whose headers a C or C++ file includes."""
    text = path.read_text(encoding='utf-8')
    for name in re.findall(r'^\s*[#%]include "([^"]+)"', text, re.M):
        folder = name.rpartition('/')[0]
        if folder in NATIVE_ROOMS:
            yield f'native_client/{folder}'
        elif name == 'deepspeech.h' and room_of_file(path) != 'native_client/base':
            yield 'native_client/api'  # base takes the error codes, which are nobody's


def python_files() -> Iterator[Path]:
    """Yield the Python files of the rooms."""
    yield ROOT / 'DeepSpeech.py'
    yield from sorted((ROOT / 'util').rglob('*.py'))
    yield from (ROOT / f'{name}.py' for name in ('evaluate', 'evaluate_export', 'lm_optimizer',
                                                 'transcribe'))
    yield from sorted((ROOT / 'bin').glob('*.py'))


def native_files() -> Iterator[Path]:
    """Yield the C and C++ files of the rooms."""
    for folder in sorted(path for path in (ROOT / 'native_client').iterdir() if path.is_dir()):
        if (folder / 'CMakeLists.txt').exists() and folder.name not in NOT_DRAWN:
            yield from sorted(path for path in folder.rglob('*') if path.suffix in EXTENSIONS)


def arrows() -> set[tuple[str, str]]:
    """Return (room, room that it imports) for all rooms.

    Raises:
        ValueError: a room is missing in ROOMS, or an arrow points up.
    """
    found = set()
    for path in python_files():
        found |= {(room_of_file(path), room) for name in imported(path)
                  if (room := room_of_module(name))}
    for path in native_files():
        room = room_of_file(path)
        found |= {(room, to) for to in included(path)} | {(room, room)}
    unknown = {room for arrow in found for room in arrow} - set(ROOMS)
    if unknown:
        raise ValueError(f'{", ".join(sorted(unknown))}: not in ROOMS of {Path(__file__).name}: '
                         'add its name and what it is for')
    place = {room: number for number, room in enumerate(ROOMS)}
    found = {(room, to) for room, to in found if room != to}
    upwards = sorted(f'{a} -> {b}' for a, b in found if place[a] < place[b])
    if upwards:
        raise ValueError(f'{", ".join(upwards)}: imports point down in the order of ROOMS')
    return found


def without_shortcuts(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the arrows that no chain of other arrows implies."""
    below: dict[str, set[str]] = {}
    for room in ROOMS:  # from the bottom
        direct = {to for a, to in found if a == room}
        below[room] = direct.union(*(below[to] for to in direct))
    return {(a, b) for a, b in found
            if not any(b in below[c] for d, c in found if d == a and c != b)}


# ---- layout: rows by the longest chain below a room, few crossings, straight lines ----

BOX, TALL, GAP, ROW = 168, 52, 12, 88  # width and height of a box, gap beside it, row to row
LANE = 10  # width of a place where a long arrow passes a row
WIDTH = 4 * BOX + 7 * GAP + 2 * LANE
MARGIN = 30  # above each half, for its title

Node = tuple[str, str, int]  # (room, '', row), or (room, room below, row): where their arrow passes


def rows_of(found: set[tuple[str, str]]) -> dict[str, int]:
    """Return room -> its row, 0 at the bottom; Python stands above native_client."""
    rows: dict[str, int] = {}
    for half in (NATIVE_ROOMS, PYTHON_ROOMS):
        lowest = max(rows.values(), default=-1) + 1
        for room in ROOMS:
            if room.removeprefix('native_client/') in half:
                rows[room] = max([lowest, *(rows[b] + 1 for a, b in found if a == room)])
    return rows


def chains(found: set[tuple[str, str]], rows: dict[str, int]) -> list[list[Node]]:
    """Return each arrow as the places that it passes, from the upper room to the lower one."""
    return [[(a, '', rows[a]), *((a, b, row) for row in range(rows[a] - 1, rows[b], -1)),
             (b, '', rows[b])] for a, b in sorted(found)]


def spread(wanted: list[float], widths: list[float]) -> list[float]:
    """Return the centres nearest to those wanted that keep their order and a gap (by squares)."""
    shifts, shift = [], 0.0
    for number, width in enumerate(widths):
        shift += width / 2 + (widths[number - 1] / 2 + GAP if number else 0)
        shifts.append(shift)
    blocks: list[tuple[float, int]] = []  # (mean, count): isotonic regression
    for x, shift in zip(wanted, shifts):
        mean, count = x - shift, 1
        while blocks and blocks[-1][0] > mean:
            before, size = blocks.pop()
            mean, count = (before * size + mean * count) / (size + count), size + count
        blocks.append((mean, count))
    highest = WIDTH - 2 * GAP - shifts[-1] - widths[-1] / 2
    means = [min(max(mean, 0.0), max(highest, 0.0)) for mean, count in blocks for _ in range(count)]
    return [GAP + mean + shift for mean, shift in zip(means, shifts)]


def crossings(order: dict[Node, float], links: list[tuple[Node, Node]]) -> int:
    """Count the pairs of lines between neighbouring rows that cross."""
    return sum((order[a] - order[c]) * (order[b] - order[d]) < 0
               for i, (a, b) in enumerate(links) for c, d in links[:i] if a[2] == c[2])


def places(nodes: list[list[Node]], links: list[tuple[Node, Node]]) -> dict[Node, float]:
    """Return node -> x of its centre, after sweeps that bring neighbours over one another."""
    near: dict[Node, list[Node]] = {node: [] for row in nodes for node in row}
    for a, b in links:
        near[a].append(b)
        near[b].append(a)
    best, fewest = nodes, 1 << 30
    for sweep in range(24):  # order within rows
        order = {node: float(i) - len(row) / 2 for row in nodes for i, node in enumerate(row)}
        count = crossings(order, links)
        if count < fewest:
            best, fewest = [list(row) for row in nodes], count
        up = sweep % 2 == 0
        for row in nodes if up else reversed(nodes):
            def middle(node: Node, up: bool = up, order: dict[Node, float] = order) -> float:
                seen = [order[other] for other in near[node] if (other[2] < node[2]) == up]
                return sum(seen) / len(seen) if seen else order[node]
            row.sort(key=middle)
            order.update({node: float(i) - len(row) / 2 for i, node in enumerate(row)})
    x = {node: 0.0 for row in best for node in row}
    for row in best:
        x.update(zip(row, spread([WIDTH / 2] * len(row), [wide(node) for node in row])))
    for _ in range(40):  # then positions
        for row in (*best, *reversed(best)):
            wanted = [sum(x[other] for other in near[node]) / len(near[node])
                      if near[node] else WIDTH / 2 for node in row]
            x.update(zip(row, spread(wanted, [wide(node) for node in row])))
    return x


def wide(node: Node) -> float:
    """Return the width of a box, or of a place where an arrow passes."""
    return LANE if node[1] else BOX


# ---- drawing ----

STYLE = """
    text { font-family: system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #16242e }
    .name { font-size: 14px; font-weight: 600 }
    .what { font-size: 11px }
    .half { font-size: 13px; font-weight: 600; fill: #76828c }
    rect { stroke-width: 1.2 }
    .python rect { fill: #e3eefb; stroke: #5b8fc7 }
    .native rect { fill: #e6f4e6; stroke: #62a268 }
    path { fill: none; stroke: #7d8993; stroke-width: 1.4 }
    marker path { fill: #7d8993; stroke: none }
""".rstrip()


def lines(text: str, limit: int = 26) -> list[str]:
    """Break a sentence into lines that fit into a box."""
    out = ['']
    for word in text.split():
        if out[-1] and len(out[-1]) + len(word) >= limit:
            out.append('')
        out[-1] = f'{out[-1]} {word}'.strip()
    return out


def draw(found: set[tuple[str, str]]) -> str:
    """Return the picture as SVG."""
    rows = rows_of(found)
    paths = chains(without_shortcuts(found), rows)
    everything = sorted({node for path in paths for node in path}
                        | {(room, '', row) for room, row in rows.items()})
    count = max(rows.values()) + 1
    nodes = [[node for node in everything if node[2] == row] for row in range(count)]
    links = [pair for path in paths for pair in zip(path, path[1:])]
    x = places(nodes, links)
    native = 1 + max(row for room, row in rows.items() if room.startswith('native_client/'))

    def top(row: int) -> int:
        return MARGIN + (count - 1 - row) * ROW + (MARGIN if row < native else 0)

    ends: dict[tuple[Node, bool], list[tuple[float, int]]] = {}  # of a box: (towards, path)
    for number, path in enumerate(paths):
        ends.setdefault((path[0], True), []).append((x[path[1]], number))
        ends.setdefault((path[-1], False), []).append((x[path[-2]], number))

    def port(node: Node, leaving: bool, number: int) -> float:
        """Return x of where an arrow meets a box: those of one side are spread over it."""
        sides = sorted(ends[node, leaving])
        place = [other for _, other in sides].index(number)
        return x[node] + (place - (len(sides) - 1) / 2) * min(26, BOX / (len(sides) + 1))

    height = top(0) + TALL + 8
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
           f'width="{WIDTH}" height="{height}" role="img">',
           '  <title>Packages and their imports; made by doc/draw_architecture.py</title>',
           f'  <style>{STYLE}\n  </style>',
           '  <defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
           'markerHeight="8" orient="auto"><path d="M0 1.5 L10 5 L0 8.5 z"/></marker></defs>',
           f'  <text class="half" x="{GAP}" y="16">Python</text>',
           f'  <text class="half" x="{GAP}" y="{top(native - 1) - 14}">native_client (C++)</text>']
    for number, path in enumerate(paths):
        at = port(path[0], True, number), float(top(path[0][2]) + TALL)
        text = f'M{at[0]:.1f} {at[1]:.1f}'
        for node in path[1:]:
            to = ((x[node], float(top(node[2]))) if node[1]
                  else (port(node, False, number), top(node[2]) - 1.0))
            bend = (to[1] - at[1]) / 2
            text += (f' C{at[0]:.1f} {at[1] + bend:.1f} {to[0]:.1f} {to[1] - bend:.1f} '
                     f'{to[0]:.1f} {to[1]:.1f}')
            if node[1]:
                text += f' V{to[1] + TALL:.1f}'
            at = to[0], to[1] + TALL
        out.append(f'  <path d="{text}" marker-end="url(#head)"/>')
    for room, row in sorted(rows.items()):
        name = room.removeprefix('native_client/')
        kind = 'native' if name != room else 'python'
        left, y = x[room, '', row] - BOX / 2, top(row)
        out += [f'  <g class="{kind}">',
                f'    <rect x="{left:.1f}" y="{y}" width="{BOX}" height="{TALL}" rx="6"/>',
                f'    <text class="name" x="{left + 9:.1f}" y="{y + 18}">{escape(name)}</text>']
        out += [f'    <text class="what" x="{left + 9:.1f}" y="{y + 32 + 13 * i}">{escape(line)}'
                '</text>' for i, line in enumerate(lines(ROOMS[room]))]
        out.append('  </g>')
    return '\n'.join([*out, '</svg>', ''])


def main() -> int:
    """Write the picture or compare it with the tree; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--check', action='store_true', help='write nothing; exit 1 if out of date')
    options = parser.parse_args()
    try:
        picture = draw(arrows())
    except ValueError as e:
        print(f'E {e}', file=sys.stderr)
        return 1
    if not options.check:
        PICTURE.write_text(picture, encoding='utf-8')
    elif not PICTURE.exists() or PICTURE.read_text(encoding='utf-8') != picture:
        print(f'E {PICTURE.relative_to(ROOT)} is out of date: run {Path(__file__).name}',
              file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
