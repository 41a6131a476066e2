"""Listening for phrases in plain Python: every beginning by itself, every frame looked at anew."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np

PAUSE = 5  # frames of blanks that end a word
WAIT = 15  # frames that a hit waits for a better one, at most
LABEL = 1.2  # nats that a label is worth among phrases that overlap
NEVER = np.float32(-1e30)


@dataclasses.dataclass
class Phrase:
    """A phrase: words of labels."""

    words: list[list[int]]
    threshold: float

    @property
    def labels(self) -> list[int]:
        """All labels, without spaces."""
        return [label for word in self.words for label in word]

    def text(self, whole_words: bool) -> str:
        """Return the labels as characters, with spaces between and perhaps around words."""
        text = ' '.join(''.join(chr(97 + label) for label in word) for word in self.words)
        return f' {text} ' if whole_words else text


@dataclasses.dataclass(frozen=True)
class Hit:
    """A phrase that was heard; `score` is the log."""

    phrase: int
    start: int
    end: int
    score: float


def logs(probs: np.ndarray) -> np.ndarray:
    """Return the logarithms of probabilities: [time, labels + 1]."""
    return np.log(np.maximum(probs.astype(np.float32), np.float32(1e-30)))


class Listener:
    """What there is to know about phrases in given logarithms; `space` is its label, or None."""

    def __init__(self, phrases: list[Phrase], log: np.ndarray, space: int | None) -> None:
        self.phrases, self.log, self.space = phrases, log, space
        self.paths = [self.all_paths(phrase) for phrase in phrases]

    def before(self, start: int) -> np.float32:
        """Return what it is worth that a word begins in a frame."""
        blank = self.log[:, -1]
        if self.space is None:
            return np.float32(0)
        best = np.float32(sum(blank[max(0, start - PAUSE):start]))
        for last in range(start):
            silence = np.maximum(blank, self.log[:, self.space])[last + 1:start]
            best = max(best, np.float32(self.log[last, self.space] + sum(silence)))
        return best

    def all_paths(self, phrase: Phrase) -> list[tuple[float, int]]:
        """Return for each frame the best path whose last label ends there: sum, beginning."""
        floor = len(phrase.labels) * math.log(phrase.threshold)
        best = [(float(NEVER), 0)] * len(self.log)
        for start in range(len(self.log)):
            for end, score in enumerate(self.from_start(phrase, start), start):
                if score >= floor and score > best[end][0]:
                    best[end] = (score, start)
        return best

    def from_start(self, phrase: Phrase, start: int) -> list[float]:
        """Return the best sums of paths that begin in one frame, by the frame where they end."""
        labels, log = phrase.labels, self.log
        word_ends = set(itertools.accumulate(map(len, phrase.words)))
        at = {(0, True): self.before(start) + log[start, labels[0]]}  # label, in it or behind it
        ends = []
        for t in range(start, len(log)):
            if t > start:
                now: dict[tuple[int, bool], np.float32] = {}

                def reach(place, score, now=now):
                    now[place] = max(now.get(place, NEVER), score)

                for (i, inside), score in at.items():
                    gap = log[t, -1]
                    if self.space is not None and i + 1 in word_ends:
                        gap = max(gap, log[t, self.space])
                    if inside:
                        reach((i, True), score + log[t, labels[i]])
                    if i + 1 < len(labels):
                        reach((i, False), score + gap)
                        if not inside or labels[i] != labels[i + 1]:
                            reach((i + 1, True), score + log[t, labels[i + 1]])
                at = now
            ends.append(float(at.get((len(labels) - 1, True), NEVER)))
        return ends

    def after(self, end: int, frames: int) -> np.float32:
        """Return what it is worth that a word ended in a frame, so many frames later."""
        if self.space is None or frames == 0:
            return np.float32(0)
        ways, blanks = [], np.float32(0)
        for t in range(end + 1, end + frames + 1):
            ways.append(blanks + self.log[t, self.space])
            blanks = blanks + self.log[t, -1]
        return max([*ways, blanks])

    def at(self, number: int, t: int, since: int) -> Hit | None:
        """Return a phrase that ended so many frames before a frame."""
        end = t - since
        if end < 0 or self.paths[number][end][0] <= NEVER:
            return None
        score, start = self.paths[number][end]
        score = np.float32(score) + self.after(end, since)
        labels = len(self.phrases[number].labels)
        if score < labels * math.log(self.phrases[number].threshold):
            return None
        return Hit(number, start, end + 1, float(score) / labels)

    def beats(self, hit: Hit, other: Hit) -> bool:
        """Tell whether only the first of two stands."""
        if hit.start >= other.end or other.start >= hit.end:
            return False
        a, b = (self.phrases[h.phrase].text(self.space is not None) for h in (hit, other))
        if hit.phrase != other.phrase and b in a:
            return True
        return self.worth(hit) > self.worth(other) and (hit.phrase == other.phrase or a not in b)

    def worth(self, hit: Hit) -> float:
        """Return what a hit is worth among those that overlap."""
        return (hit.score + LABEL) * len(self.phrases[hit.phrase].labels)

    def hits(self) -> list[Hit]:
        """Listen from the first frame to the last."""
        pending: list[tuple[Hit, int]] = []
        last: dict[int, Hit] = {}
        found: list[Hit] = []

        def offer(hit: Hit, t: int) -> None:
            nonlocal pending
            overlap = [h for h in [*last.values(), *(p for p, _ in pending)]
                       if h.start < hit.end and hit.start < h.end]
            if any(not self.beats(hit, h) or h == last.get(hit.phrase) for h in overlap):
                return
            since = min([t, *(s for p, s in pending if p in overlap)])
            pending = [(p, s) for p, s in pending if p not in overlap] + [(hit, since)]

        def settle(t: int, ended: bool) -> None:
            nonlocal pending
            kept = []
            for hit, since in pending:
                rivals = [self.at(n, t, s) for n in range(len(self.phrases)) for s in range(PAUSE)]
                if not ended and t - since < WAIT and any(r and self.beats(r, hit)
                                                          for r in rivals):
                    kept.append((hit, since))
                else:
                    found.append(hit)
                    last[hit.phrase] = hit
            pending = kept

        numbers = range(len(self.phrases))
        for t in range(len(self.log)):
            for number in numbers:
                if hit := self.at(number, t, PAUSE):
                    offer(hit, t)
            settle(t, False)
        if len(self.log):
            for number in numbers:
                for since in range(PAUSE, -1, -1):
                    if hit := self.at(number, len(self.log) - 1, since):
                        offer(hit, len(self.log) - 1)
            settle(len(self.log) - 1, True)
        return found


def best_of_all(phrase: Phrase, log: np.ndarray, space: int | None) -> float:
    """Return the best score there is, by writing down every labelling of a few frames."""
    listener = Listener([], log, space)
    time, classes = log.shape
    gaps = {classes - 1, space}
    best = -math.inf
    for start, end in itertools.combinations(range(time + 1), 2):
        for labelling in itertools.product(range(classes), repeat=end - start):
            if labelling[0] in gaps or labelling[-1] in gaps:
                continue
            if _says(labelling, phrase, classes - 1, space):
                total = sum(log[start + i, label] for i, label in enumerate(labelling))
                total += listener.before(start) + listener.after(end - 1, time - end)
                best = max(best, total / len(phrase.labels))
    return best


def _says(labelling: tuple[int, ...], phrase: Phrase, blank: int, space: int | None) -> bool:
    """Tell whether CTC makes a phrase of a labelling; between words a space is a blank."""
    runs = [label for label, _ in itertools.groupby(labelling)]
    said = [label for label in runs if label not in (blank, space)]
    if said != phrase.labels:
        return False
    # Spaces must lie where words end.
    count, ends = 0, set(itertools.accumulate(map(len, phrase.words)))
    for label in runs:
        count += label not in (blank, space)
        if label == space and count not in ends:
            return False
    return True
