"""From the network's outputs to text, for validation, the test report and `--one_shot_infer`.

The beam search is the native client's (`ds_ctcdecoder`, installed by `pip install .`), so that what
is measured here is what runs on the device. Without it TensorFlow's is used, which knows no
language model.
"""
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from util import log
from util.errors import UserError
from util.text.alphabet import Alphabet

try:
    import ds_ctcdecoder
except ImportError:
    ds_ctcdecoder = None  # type: ignore[assignment]


@dataclass(frozen=True)
class DecoderSettings:
    """How the beam search is run; the flags of the same names say more.

    Attributes:
        beam_width: prefixes kept at a time.
        cutoff_prob: labels beyond this cumulative probability are not tried.
        cutoff_top_n: upper limit of the labels tried per time step.
        scorer_path: language model, '' for none.
        lm_alpha, lm_beta: its weight, and the bonus for every word.
    """

    beam_width: int = 1024
    cutoff_prob: float = 1.0
    cutoff_top_n: int = 300
    scorer_path: str = ''
    lm_alpha: float = 0.931289039105002
    lm_beta: float = 1.1834137581510284


class BeamSearch:
    """CTC prefix beam search over whole batches.

    Args:
        alphabet: labels of the network.
        settings: of the search.

    Raises:
        UserError: the scorer cannot be used.
    """

    def __init__(self, alphabet: Alphabet, settings: DecoderSettings):
        self._alphabet, self._settings = alphabet, settings
        self._scorer = None
        if ds_ctcdecoder is None:
            if settings.scorer_path:
                raise UserError('--scorer_path needs the native decoder, which is not '
                                'installed: run `pip install .` in the folder of DeepSpeech.py')
            log.warn("the native decoder is not installed (pip install .): using TensorFlow's "
                     'beam search, which is slower')
            return
        self._native_alphabet = (
            ds_ctcdecoder.UTF8Alphabet() if alphabet.bytes_mode
            else ds_ctcdecoder.Alphabet.deserialize(alphabet.serialize()))
        if settings.scorer_path:
            try:
                self._scorer = ds_ctcdecoder.Scorer(settings.lm_alpha, settings.lm_beta,
                                                    settings.scorer_path, self._native_alphabet)
            except (ValueError, OSError, RuntimeError) as error:
                raise UserError(str(error)) from error

    def __call__(self, logits: np.ndarray, lengths: np.ndarray) -> list[str]:
        """Return the text of each utterance.

        Args:
            logits: float [batch, time, classes], blank last.
            lengths: int [batch], steps of each utterance.
        """
        if ds_ctcdecoder is None:
            return self._tensorflow(logits, lengths)
        settings = self._settings
        results = ds_ctcdecoder.ctc_beam_search_decoder_batch(
            tf.nn.softmax(logits).numpy(), lengths.tolist(), self._native_alphabet,
            settings.beam_width, None, settings.cutoff_prob, settings.cutoff_top_n, self._scorer)
        return [texts[0][1] for texts in results]

    def _tensorflow(self, logits: np.ndarray, lengths: np.ndarray) -> list[str]:
        paths, _ = tf.nn.ctc_beam_search_decoder(
            tf.transpose(logits, [1, 0, 2]), lengths, beam_width=self._settings.beam_width,
            top_paths=1)
        rows: list[list[int]] = [[] for _ in lengths]
        for (row, _), label in zip(paths[0].indices.numpy(), paths[0].values.numpy()):
            rows[row].append(int(label))
        return [self._alphabet.decode(row) for row in rows]


class Greedy:
    """The best label of each step, repetitions merged and blanks removed.

    Quick, and good enough to follow a training.

    Args:
        alphabet: labels of the network.
    """

    def __init__(self, alphabet: Alphabet):
        self._alphabet = alphabet

    def __call__(self, logits: np.ndarray, lengths: np.ndarray) -> list[str]:
        """Return the text of each utterance; arguments as for `BeamSearch`."""
        texts = []
        for best, length in zip(logits.argmax(-1), lengths):
            best = best[:length]
            first = np.ones(len(best), bool)
            first[1:] = best[1:] != best[:-1]
            labels = best[first & (best != self._alphabet.blank)]
            texts.append(self._alphabet.decode(labels.tolist()))
        return texts
