"""A training whose loss or gradient is not finite: whose fault it may be, and when to give up."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from util import log
from util.data.manifest import Utterance
from util.errors import UserError

PATIENCE = 3  # batches in a row


class Watch:
    """Looks at every batch that was to be learnt from.

    Args:
        utterances: the set; batches name them by their place in it.
    """

    def __init__(self, utterances: Sequence[Utterance]):
        self._utterances = utterances
        self._in_a_row = 0

    def look(self, step: int, loss: float, norm: float, losses: np.ndarray, index: np.ndarray,
             rate: float) -> None:
        """Name the files of a batch that was not learnt from.

        Args:
            step: batches learnt from, this one included.
            loss: mean over the batch, of all processes; not finite if one loss is not.
            norm: length of the gradient.
            losses: float [batch], of this process.
            index: int [batch], the utterances; -1 only fills up.
            rate: learning rate, for the message.

        Raises:
            UserError: this was the third such batch in a row.
        """
        if np.isfinite(loss) and np.isfinite(norm):
            self._in_a_row = 0
            return
        self._in_a_row += 1
        # Where every loss is finite the gradient overflowed: any utterance may be the cause
        suspect = np.isfinite(loss) | ~np.isfinite(losses)
        guilty = index[suspect & (index >= 0)]
        if len(guilty):
            names = ', '.join(self._utterances[i].wav for i in guilty)
            log.warn(f'step {step}: batch skipped (loss {loss:g}, gradient norm {norm:g}); '
                     f'check {names}')
        if self._in_a_row == PATIENCE:
            raise UserError('three batches in a row gave no finite loss: the training has '
                            'diverged; resume from an earlier checkpoint with a lower '
                            f'--learning_rate (now {rate:g}) or with --max_grad_norm')
