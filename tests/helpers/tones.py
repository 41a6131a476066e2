"""A made-up corpus that a tiny network can learn: every letter is a tone of its own."""
import csv
import os
import wave

import numpy as np

ALPHABET = ' abcd'
HERTZ = {' ': 0, 'a': 400, 'b': 700, 'c': 1200, 'd': 2200}


def speak(text, rate=16000, secs=0.12, seed=0):
    """Return the tones of a text with a little noise, int16 [n]."""
    time = np.arange(int(rate * secs)) / rate
    tones = np.concatenate([np.sin(2 * np.pi * HERTZ[c] * time) for c in text])
    noise = np.random.default_rng(seed).normal(0, 0.01, len(tones))
    return ((tones + noise) * 8000).astype(np.int16)


def write_wav(path, samples, rate=16000):
    """Write a 16-bit mono WAV file."""
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def make_corpus(folder, name, count, seed=0, letters=(2, 9)):
    """Write `count` utterances, their CSV and the alphabet; return the CSV's path."""
    folder = str(folder)
    os.makedirs(folder, exist_ok=True)
    random = np.random.default_rng(seed)
    with open(os.path.join(folder, 'alphabet.txt'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(ALPHABET) + '\n')
    path = os.path.join(folder, name + '.csv')
    with open(path, 'w', newline='', encoding='utf-8') as file:
        rows = csv.writer(file)
        rows.writerow(['wav_filename', 'wav_filesize', 'transcript'])
        for i in range(count):
            text = ''.join(random.choice(list('abcd'), random.integers(*letters)))
            wav = f'{name}-{i}.wav'
            write_wav(os.path.join(folder, wav), speak(text, seed=i))
            rows.writerow([wav, os.path.getsize(os.path.join(folder, wav)), text])
    return path
