"""Fragments as DSAlign writes them."""

import json

from util.align.dsalign import write_aligned
from util.align.metrics import USUAL, measures


def test_fragments(tmp_path, outcomes):
    heard = {'clips/a/0.wav': 'one', 'clips/a/1.wav': 'too', 'clips/a/2.wav': ''}
    write_aligned(tmp_path / 'new' / 'a.aligned', outcomes[0], heard, measures(USUAL))
    found = json.loads((tmp_path / 'new' / 'a.aligned').read_text())
    assert [(each['start'], each['end'], each['cer'], each['wer'], each['tlen'], each['mlen'])
            for each in found] == [(0, 2000, 0, 0, 3, 3), (2000, 6000, 33.33, 100, 3, 3),
                                   (6000, 12000, 100, 100, 0, 10)]
    assert found[1] == {
        'start': 2000, 'end': 6000, 'transcript': 'too', 'text-start': 5, 'text-end': 9,
        'meta': {}, 'aligned-raw': 'Two.', 'aligned': 'two', 'tlen': 3, 'mlen': 3, 'cer': 33.33,
        'wer': 100, 'score': 0.3}
