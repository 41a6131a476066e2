"""What came of made-up recordings."""

from pathlib import Path

import pytest

from util.align.cutting import LOW, NOT_SPOKEN, Piece
from util.align.pairs import Pair
from util.align.work import Clip, Outcome


@pytest.fixture
def outcomes(tmp_path):
    """Return two recordings: three clips of 2, 4 and 6 s and two pieces left out; one clip."""
    first = Pair(tmp_path / 'a <b> & c#1.wav', Path('a.txt'), 'a')
    second = Pair(tmp_path / 'deep' / 'b.mp3', Path('b.txt'), 'b')
    text = 'He said "<script>alert(1)</script>", & left'
    pieces = [Piece(0, 2, text, 'one', 0.9), Piece(2, 6, 'Two.', 'two', 0.3, 5, 9),
              Piece(6, 12, 'Three,\nfour', 'three four', 0.6),
              Piece(12, 13, text, '', 0, reason=NOT_SPOKEN),
              Piece(13, 16, 'Low', 'low', 0.01, reason=LOW)]
    clips = tuple(Clip(piece, '' if piece.reason else f'clips/a/{i}.wav', 44)
                  for i, piece in enumerate(pieces))
    return [Outcome(first, 20.0, clips),
            Outcome(second, 3700.0, (Clip(Piece(1, 9, 'Ünd', 'ünd', 0.5), 'clips/b/1.wav', 44),))]
