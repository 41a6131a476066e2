"""Decode cases with ds_ctcdecoder 0.9.3; run by the Python 3.9 of its environment.

    python peer_decode.py CASES.json ARRAYS.npz RESULTS.jsonl [FIRST]

appends a line per case from number FIRST on, so that a crash loses one case only.
"""

import json
import sys

import ds_ctcdecoder
import numpy as np
from ds_ctcdecoder import swigwrapper


def main():
    """Write the n-best of each case as [confidence, tokens, timesteps]."""
    with open(sys.argv[1]) as f:
        cases = json.load(f)
    arrays = np.load(sys.argv[2])
    alphabets, scorers = {None: ds_ctcdecoder.UTF8Alphabet()}, {}
    out = open(sys.argv[3], 'a')
    for case in cases[int(sys.argv[4]) if len(sys.argv) > 4 else 0:]:
        path = case['alphabet']
        if path not in alphabets:
            alphabets[path] = ds_ctcdecoder.Alphabet(path)
        scorer = None
        if case['scorer']:
            key = (case['scorer'], path)
            if key not in scorers:
                scorers[key] = ds_ctcdecoder.Scorer(1.0, 1.0, case['scorer'], alphabets[path])
            scorer = scorers[key]
            scorer.reset_params(case['alpha'], case['beta'])
        hot_words = {word.encode('utf-8'): boost for word, boost in case['hot_words'].items()}
        outputs = swigwrapper.ctc_beam_search_decoder(
            arrays[case['array']].astype(np.float64), alphabets[path], case['beam_size'],
            case['cutoff_prob'], case['cutoff_top_n'], scorer, hot_words, case['num_results'])
        print(json.dumps([[o.confidence, list(o.tokens), list(o.timesteps)] for o in outputs]),
              file=out, flush=True)


if __name__ == '__main__':
    main()
