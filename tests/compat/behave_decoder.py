"""What a module `ds_ctcdecoder` does when programs lean on it: prints JSON, name -> [kind, value].

    PYTHONPATH=. PYTHON tests/compat/behave_decoder.py FOLDER_OF_SCORERS

Runs on every Python from 3.9 on, with the wheel of 0.9.3 and with ours. Hot words are bytes, since
the wheel refuses them as str.
"""

import inspect
import json
import os
import struct
import sys

import ds_ctcdecoder as d
import numpy as np
from ds_ctcdecoder import (  # what 0.9.3's training code imports
    Alphabet,
    Scorer,
    UTF8Alphabet,
    ctc_beam_search_decoder,
    ctc_beam_search_decoder_batch,
)

from tests.helpers.telling import results, tell

FUTURES = {'absolute_import', 'division', 'print_function'}


def serialised(data):
    """Return the sorted labels of a serialised alphabet, which 0.9.3 writes in hash order."""
    (count,), at, labels = struct.unpack('<H', data[:2]), 2, []
    for _ in range(count):
        label, size = struct.unpack('<HH', data[at:at + 4])
        labels.append([label, data[at + 4:at + 4 + size].decode('latin-1')])
        at += 4 + size
    return sorted(labels)


def posteriors(alphabet, text, seed):
    """Frames [time, labels + 1] that spell a text, roughly."""
    random = np.random.RandomState(seed)
    classes = alphabet.GetSize() + 1
    rows = []
    for label in alphabet.Encode(text):
        for peak in (label, classes - 1):
            row = random.dirichlet(np.ones(classes) * 0.3)
            row[peak] += 1.0
            rows.append(row / row.sum())
    return np.array(rows)


def alphabets(folder):
    """Both kinds."""
    path = os.path.join(folder, 'alphabet.txt')
    for kind, make, args, sample in (('labels', Alphabet, [path], "it's"),
                                     ('bytes', UTF8Alphabet, [], 'aé')):
        a, other = make(*args), make(*args)
        results[kind + ' Serialize'] = serialised(a.Serialize())
        tell(kind + ' GetSize', a.GetSize)
        tell(kind + ' GetSpaceLabel', a.GetSpaceLabel)
        for label in (0, 5, 31):
            tell(f'{kind} IsSpace {label}', a.IsSpace, label)
        labels = a.Encode(sample)
        tell(kind + ' Encode', a.Encode, sample)
        tell(kind + ' EncodeSingle', a.EncodeSingle, 'a')
        tell(kind + ' Decode', a.Decode, labels)
        tell(kind + ' Decode tuple', a.Decode, tuple(labels))
        tell(kind + ' Decode nothing', a.Decode, [])
        tell(kind + ' DecodeSingle', a.DecodeSingle, 3)
        for text in ('', 'a', 'ab', 'é', 'abc def', 'A1'):
            tell(f'{kind} CanEncode {text}', a.CanEncode, text)
            tell(f'{kind} CanEncodeSingle {text}', a.CanEncodeSingle, text)
        tell(kind + ' Deserialize', other.Deserialize, a.Serialize(), len(a.Serialize()))
        tell(kind + ' of Deserialize', other.Decode, other.Encode(sample))
    tell('alphabet missing', Alphabet, '/none.txt')
    tell('alphabet keyword', lambda: Alphabet(config_path=path).GetSize())


def scorers(folder, alphabet):
    """Try opening, settings, probabilities and failures."""
    path = os.path.join(folder, 'pruned_lm.scorer')
    scorer = Scorer(0.9, 1.2, path, alphabet)
    keywords = Scorer(alpha=1, beta=2, scorer_path=path, alphabet=alphabet)
    tell('scorer weights', lambda: [scorer.alpha, scorer.beta])
    tell('scorer keywords', lambda: [keywords.alpha, keywords.beta])
    tell('scorer facts', lambda: [scorer.get_max_order(), scorer.is_utf8_mode()])
    of_bytes = Scorer(1.0, 1.0, os.path.join(folder, 'pruned_lm.bytes.scorer'), UTF8Alphabet())
    tell('scorer bytes', of_bytes.is_utf8_mode)
    tell('reset_params', scorer.reset_params, 1.0, 2.0)
    tell('weights after', lambda: [scorer.alpha, scorer.beta])
    scorer.alpha, scorer.beta = 0.5, 1.5
    tell('weights set', lambda: [scorer.alpha, scorer.beta])
    for words in ([b'friend'], [b'my', b'friend'], [b'xqz'], [], [b'old', b'xqz', b'friend']):
        for ends in ((False, False), (True, False), (False, True), (True, True)):
            tell(f'probability {words} {ends}', scorer.get_log_cond_prob, words, *ends)
    for name, bad in (('missing', '/none.scorer'),
                      ('other', os.path.join(folder, 'alphabet.txt'))):
        tell('scorer ' + name, Scorer, 1.0, 1.0, bad, alphabet)
        tell('init ' + name, Scorer().init, bad.encode(), alphabet)
    tell('init', Scorer().init, path.encode(), alphabet)
    return keywords


def decodings(alphabet, scorer, probs):
    """Call every form of the decoder; results are (confidence, text)."""
    decode, batch = ctc_beam_search_decoder, ctc_beam_search_decoder_batch
    for function in (decode, batch):
        results['signature of ' + function.__name__] = list(inspect.signature(function).parameters)
    tell('types', lambda: [type(decode(probs, alphabet, 50)).__name__,
                           *(type(x).__name__ for x in decode(probs, alphabet, 50)[0])])
    forms = {'float64': probs, 'float32': probs.astype(np.float32), 'list': probs.tolist(),
             'fortran': np.asfortranarray(probs), 'strided': np.repeat(probs, 2, 0)[::2],
             'whole numbers': np.eye(29, dtype=int)[[1, 28, 2, 28, 3]], 'no frames': probs[:0],
             'one dimension': probs[0], 'three dimensions': probs[None], 'words': [['a']],
             'None': None}
    for name, form in forms.items():
        tell('decode ' + name, decode, form, alphabet, 50)
    tell('decode by position', decode, probs, alphabet, 50, 1.0, 40, scorer, {}, 2)
    tell('decode by keyword', lambda: decode(
        probs_seq=probs, alphabet=alphabet, beam_size=50, cutoff_prob=0.99, cutoff_top_n=10,
        scorer=scorer, hot_words={b'friend': 7.5}, num_results=2))
    tell('cutoff', decode, probs, alphabet, 50, 0.9, 5)
    tell('no results', decode, probs, alphabet, 50, 1.0, 40, None, {}, 0)
    tell('many results', lambda: len(decode(probs, alphabet, 50, num_results=1000)))
    for name, beam in (('1', 1), ('float', 50.0), ('str', '50'), ('None', None), ('below 0', -1)):
        tell('beam ' + name, decode, probs, alphabet, beam)
    for name, words in (('known', {b'old': 9.0}), ('unknown', {b'xqz': 9.0}), ('none', {}),
                        ('unspellable', {b'12': 9.0}), ('empty', {b'': 9.0})):
        tell('hot word ' + name, decode, probs, alphabet, 50, 1.0, 40, scorer, words)
    two = np.stack([probs, probs[::-1]])
    lengths = [len(probs), len(probs) // 2]
    for name, form in (('array', two), ('float32', two.astype(np.float32)),
                       ('list', two.tolist())):
        tell('batch ' + name, batch, form, lengths, alphabet, 50, 2)
    tell('batch lengths', batch, two, np.array(lengths, np.int32), alphabet, 50, 2)
    tell('batch by keyword', lambda: batch(
        probs_seq=two, seq_lengths=lengths, alphabet=alphabet, beam_size=50, num_processes=2,
        cutoff_prob=1.0, cutoff_top_n=40, scorer=scorer, hot_words={b'friend': 7.5},
        num_results=2))
    tell('batch by position', batch, two, lengths, alphabet, 50, 1, 1.0, 40, scorer, {}, 2)


def main(folder):
    """Call everything."""
    names = [name for name in dir(d) if not name.startswith('_') and name not in FUTURES]
    results['names'] = names
    results['codes'] = sorted([n, getattr(d, n)] for n in names if n.startswith('DS_ERR_'))
    tell('version', lambda: type(d.__version__).__name__)
    alphabets(folder)
    alphabet = Alphabet(os.path.join(folder, 'alphabet.txt'))
    scorer = scorers(folder, alphabet)
    probs = posteriors(alphabet, 'my old friend', 1)
    decodings(alphabet, scorer, probs)
    print(json.dumps(results))


if __name__ == '__main__':
    main(*sys.argv[1:])
