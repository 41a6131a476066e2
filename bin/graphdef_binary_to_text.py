#!/usr/bin/env python3
"""Write an exported graph as text beside it: output_graph.pb as output_graph.pbtxt.

    bin/graphdef_binary_to_text.py exported/output_graph.pb

The weights are in it, so the text is about four times as large as the file.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util import errors, log
from util.export.graph_def import read_graph
from util.files import whole_file


def main() -> None:
    """Read the graph and write the text."""
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('graph', help='exported .pb')
    path = p.parse_args().graph
    graph = read_graph(path)
    from google.protobuf.text_format import MessageToString  # TensorFlow brings it
    with whole_file(path + 'txt', 'w') as file:
        file.write(MessageToString(graph))
    log.info(f'Written {path}txt')


if __name__ == '__main__':
    log.to_stderr()
    errors.run(main)
