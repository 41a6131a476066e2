#!/usr/bin/env python3
"""Test an exported model with the native client: the name of evaluate_export.py in 0.9.3.

    ./evaluate_tflite.py --model output_graph.tflite --scorer my.scorer --csv test.csv
"""

from evaluate_export import arguments, main
from util import errors, log

if __name__ == '__main__':
    log.to_stderr()
    errors.run(lambda: main(arguments()))
