#!/usr/bin/env python3
"""Measure calls from Node beside those from C, how long the event loop waits, and memory.

    python native_client/bench/bench_node.py --c build/lib/stt_times --model output_graph.pbmm
        --package node_modules/deepspeech --raw speech.raw

Both take turns; `--raw` has 16-bit samples at the model's rate. Under `chrt -r 2` other programs do
not delay them.
"""

import argparse
import json
import os
import statistics
import subprocess

ROUNDS = 5
HERE = os.path.dirname(os.path.abspath(__file__))


def said(*command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ('c', 'package', 'model', 'raw'):
        parser.add_argument(f'--{name}', metavar='PATH', required=True)
    options = parser.parse_args()
    from_c: list[float] = []
    from_node: list[float] = []
    delays: dict[str, list[list[float]]] = {}
    for _ in range(ROUNDS):
        from_c += map(float, said(options.c, options.model, options.raw).split())
        found = json.loads(said('node', os.path.join(HERE, 'stt_times.js'), options.package,
                                options.model, options.raw))
        from_node += found['calls']
        for name, each in found['delays'].items():
            delays.setdefault(name, []).append(each)
    c, node = statistics.median(from_c), statistics.median(from_node)
    print(f'stt(): C {c:.2f} ms, Node {node:.2f} ms: {node / c - 1:+.1%} '
          f'(fastest {min(from_node) / min(from_c) - 1:+.1%})')
    print('\n| event loop, ms | longest delay | 99 % below |\n|---|---|---|')
    for name, all_of in delays.items():
        longest, most = zip(*all_of)
        print(f'| {name} | {max(longest):.1f} | {statistics.median(most):.1f} |')
    before, after = json.loads(said('node', '--expose-gc', os.path.join(HERE, 'open_close.js'),
                                    options.package, options.model, options.raw))
    print(f'\nmemory after 200 models were opened, used and closed {before:.1f} MB, after 1,000 '
          f'more {after:.1f} MB')


if __name__ == '__main__':
    main()
