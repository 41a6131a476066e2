"""Samples for the client: of files, and of recordings inside of collections."""

import numpy as np
import pytest

from util.audio.places import Place
from util.client.samples import read_samples
from util.errors import UserError


@pytest.mark.parametrize('rate', [8000, 16000])
def test_a_collection_gives_the_samples_of_the_file(ds, compat, tmp_path, rate):
    path = sorted((compat / 'audio').glob('*.wav'))[0]
    content = path.read_bytes()
    (tmp_path / 'all').write_bytes(b'before' + content + b'behind')
    place = Place('all:0', str(tmp_path / 'all'), 6, len(content))
    own, other = (np.asarray(read_samples(wav, rate)) for wav in (str(path), place))
    assert np.array_equal(own, ds.read_audio(path, rate))
    assert len(own) == len(other) and np.abs(own.astype(int) - other).max() <= (rate != 16000) * 64


def test_what_cannot_be_read(tmp_path):
    (tmp_path / 'x').write_bytes(b'nothing of the kind')
    for wav in (str(tmp_path / 'x'), Place('x:0', str(tmp_path / 'x'), 0, 19)):
        with pytest.raises((UserError, ValueError)):
            read_samples(wav, 16000)
