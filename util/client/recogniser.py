"""How to open a model with the native client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from util.errors import UserError

if TYPE_CHECKING:
    import deepspeech


@dataclass(frozen=True)
class Recogniser:
    """How to open the model: handed to each process.

    Attributes:
        model: path of the export.
        scorer: path of the language model; '' for none.
        beam_width: hypotheses kept; 0: as the model says.
        lm_alpha, lm_beta: of the language model; None: as the scorer says.
        threads: that compute one utterance; 0: one per processor.
        grammar: path of what may be said; '': anything.
    """

    model: str
    scorer: str = ''
    beam_width: int = 0
    lm_alpha: float | None = None
    lm_beta: float | None = None
    threads: int = 0
    grammar: str = ''

    def open(self) -> deepspeech.Model:
        """Open the model.

        Raises:
            UserError: it, its scorer or its grammar cannot be used.
        """
        try:
            import deepspeech
        except ImportError as error:
            raise UserError(f'{error.name} is not installed: pip install . in this folder'
                            ) from error
        what = f'model {self.model!r}'
        try:
            model = deepspeech.Model(self.model, threads=self.threads)
            if self.beam_width:
                model.setBeamWidth(self.beam_width)
            if self.scorer:
                what = f'scorer {self.scorer!r}'
                model.enableExternalScorer(self.scorer)
                if self.lm_alpha is not None and self.lm_beta is not None:
                    model.setScorerAlphaBeta(self.lm_alpha, self.lm_beta)
            if self.grammar:
                what = f'grammar {self.grammar!r}'
                model.enableGrammar(self.grammar)
        except RuntimeError as error:
            raise UserError(f'{what}: {error}') from error
        return model
