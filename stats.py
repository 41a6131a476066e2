#!/usr/bin/env python3
"""Count what CSVs list, as 0.9.3 did: another name of bin/data_stats.py.

    ./stats.py -csv train.csv,dev.csv
"""

import runpy
from pathlib import Path

if __name__ == '__main__':
    runpy.run_path(str(Path(__file__).resolve().parent / 'bin' / 'data_stats.py'), None, '__main__')
