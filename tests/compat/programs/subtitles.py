"""Words with times as JSON and as subtitles: subtitles.py --json --extended MODEL WAV..."""

import argparse
import json
import wave

import numpy as np
from deepspeech import CandidateTranscript, Metadata, Model, Stream, TokenMetadata  # noqa: F401
from deepspeech.client import metadata_to_string, words_from_candidate_transcript


def clock(seconds):
    """HH:MM:SS,mmm."""
    ms = int(round(seconds * 1000))
    return f'{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}'


def words_of(transcript):
    """(word, start, end) by the letters' times."""
    words, letters = [], []
    for token in transcript.tokens + []:
        if token.text == ' ':
            words.append(letters)
            letters = []
        else:
            letters.append(token)
    return [(''.join(t.text for t in word), word[0].start_time, word[-1].start_time)
            for word in [*words, letters] if word]


def main():
    """Print what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--json', action='store_true')
    parser.add_argument('--extended', action='store_true')
    parser.add_argument('model')
    parser.add_argument('wav', nargs='+')
    args = parser.parse_args()
    ds = Model(args.model)
    for path in args.wav:
        with wave.open(path) as f:
            audio = np.frombuffer(f.readframes(f.getnframes()), np.int16)
        metadata = ds.sttWithMetadata(audio, num_results=3)
        best = max(metadata.transcripts, key=lambda t: t.confidence)
        if args.extended:
            print(metadata_to_string(best))
        if args.json:
            print(json.dumps({'words': words_from_candidate_transcript(best)}))
        for i, (word, start, end) in enumerate(words_of(best)):
            print(i + 1, f'{clock(start)} --> {clock(end)}', word, sep='\n', end='\n\n')


main()
