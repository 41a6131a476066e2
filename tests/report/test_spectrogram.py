"""Pictures of sound: a PNG that others read, dark where a tone is."""

import io

import numpy as np
import pytest
from PIL import Image

from util.report.spectrogram import ROWS, WIDEST, png, spectrogram


def opened(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_a_png_holds_its_pixels():
    pixels = np.random.default_rng(1).integers(0, 256, (7, 13))
    assert (opened(png(pixels)) == pixels).all()


@pytest.mark.parametrize('rate', [8000, 16000, 48000])
@pytest.mark.parametrize('hertz', [200, 1000, 3000])
def test_a_tone_is_dark_where_it_is(rate, hertz):
    time = np.arange(2 * rate) / rate
    samples = np.where(time < 1, 0, 9000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)
    found = opened(spectrogram(samples, rate))
    assert found.shape == (ROWS, 200)
    assert found[:, :90].min() == 255
    row = int(found[:, 110:190].mean(1).argmin())
    mel = 1127 * np.log1p(hertz / 700) / (1127 * np.log1p(rate / 1400))
    assert abs(row - (ROWS - 1 - mel * ROWS)) < 2 and found[row, 150] == 0


@pytest.mark.parametrize('count', [1, 100, 16000, 16000 * 60])
def test_of_any_length(count):
    found = opened(spectrogram(np.full(count, 100, np.int16), 16000))
    assert found.shape[0] == ROWS and 1 <= found.shape[1] <= WIDEST
    assert opened(spectrogram(np.zeros(count, np.int16), 16000)).min() in (0, 255)
