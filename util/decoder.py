"""From the network's outputs to text.

One function, `decode`, serves validation, the test report and `--one_shot_infer`.
"""
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from util.alphabet import Alphabet


@dataclass(frozen=True)
class DecoderSettings:
    """How the beam search is run; the flags of the same names say more.

    Attributes:
        beam_width: prefixes kept at a time.
    """

    beam_width: int = 1024


def greedy(logits: np.ndarray, lengths: np.ndarray, alphabet: Alphabet) -> list[str]:
    """The best label of each step, repetitions merged and blanks removed.

    Args:
        logits: float [batch, time, classes], blank last.
        lengths: int [batch], steps of each utterance.
        alphabet: its labels.
    """
    texts = []
    for best, length in zip(logits.argmax(-1), lengths):
        best = best[:length]
        first = np.ones(len(best), bool)
        first[1:] = best[1:] != best[:-1]
        texts.append(alphabet.decode(best[first & (best != alphabet.blank)].tolist()))
    return texts


def decode(logits: np.ndarray, lengths: np.ndarray, alphabet: Alphabet,
           settings: DecoderSettings) -> list[str]:
    """The text of each utterance, by CTC prefix beam search.

    Args:
        logits: float [batch, time, classes], blank last.
        lengths: int [batch], steps of each utterance.
        alphabet: its labels.
        settings: of the search.
    """
    paths, _ = tf.nn.ctc_beam_search_decoder(
        tf.transpose(logits, [1, 0, 2]), lengths, beam_width=settings.beam_width, top_paths=1)
    rows: list[list[int]] = [[] for _ in lengths]
    for (row, _), label in zip(paths[0].indices.numpy(), paths[0].values.numpy()):
        rows[row].append(int(label))
    return [alphabet.decode(row) for row in rows]
