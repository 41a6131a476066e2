#!/usr/bin/env python3
"""List the kinds of operations in an exported graph, one a line.

    bin/ops_in_graph.py exported/output_graph.pb
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.errors import UserError
from util.export.graph_def import read_graph


def main() -> None:
    """Read the graph and print what is in it."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('graph', help='exported .pb or .pbmm')
    path = p.parse_args().graph
    ops = sorted({node.op for node in read_graph(path, packed=True).node})
    if not ops:
        raise UserError(f"model '{path}' has no operations: pass an exported .pb or .pbmm file")
    print('\n'.join(ops))


if __name__ == '__main__':
    log.to_stderr()
    errors.run(main)
