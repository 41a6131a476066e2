"""Print the word error rate of stored posteriors.

    evaluate.py ALPHABET SCORER POSTERIORS.npz
"""

import sys
from multiprocessing import cpu_count

import numpy as np
from ds_ctcdecoder import Alphabet, Scorer, __version__, ctc_beam_search_decoder_batch

BATCH = 3


def distance(a, b):
    """Levenshtein's."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def main(alphabet_path, scorer_path, posteriors):
    """Print each utterance, then the rate."""
    print('ds_ctcdecoder', __version__, file=sys.stderr)
    alphabet = Alphabet(alphabet_path)
    scorer = Scorer(0.93, 1.18, scorer_path, alphabet)
    data = np.load(posteriors)
    texts, probs, lengths = data['texts'].tolist(), data['probs'], data['lengths']
    assert probs.shape[2] == alphabet.GetSize() + 1
    errors = words = 0
    for at in range(0, len(texts), BATCH):
        part = slice(at, at + BATCH)
        decoded = ctc_beam_search_decoder_batch(
            probs[part], lengths[part], alphabet, 200, num_processes=cpu_count(), scorer=scorer,
            cutoff_prob=1.0, cutoff_top_n=300)
        for text, candidates in zip(texts[part], decoded):
            assert alphabet.CanEncode(text) and alphabet.Decode(alphabet.Encode(text)) == text
            said = candidates[0][1]
            errors += distance(text.split(), said.split())
            words += len(text.split())
            print(f'{text} | {said}')
    print(f'WER: {errors / words:.6f}')


main(*sys.argv[1:])
