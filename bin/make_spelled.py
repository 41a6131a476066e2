#!/usr/bin/env python3
"""Make a corpus of spelled words, numbers, dates and commands, spoken by espeak-ng and flite.

    bin/make_spelled.py data/spelled
    bin/make_spelled.py data/spelled --train 3000 --seed 2

What people say to a machine that takes names and numbers, in the words of AN4: spelled names and
codes, telephone numbers, numbers, dates, and commands with what they are about. The accents of the
validation set are none of the training set's, nor are its speakers: it tells how a network does
with strangers. `bin/run-start-models.sh` trains with it. Files are WAVs at 16 kHz.

Needs the programs espeak-ng and flite (Debian packages of the same names). With the same seed and
the same versions of the two, the samples are identical.
"""
import argparse
import pathlib
import random
import string
import sys
from collections.abc import Callable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from util import errors, log
from util.corpora.spoken import (
    ACCENTS,
    FLITE,
    SPEAKERS,
    STRANGE_ACCENTS,
    STRANGE_SPEAKERS,
    Utterance,
    Voices,
    need_programs,
    record_all,
)

NAMES = (
    'aaron abigail adams alice allegheny amanda anderson andrew angela anthony arnold austin '
    'baker baltimore barbara benjamin bennett beverly boston bradley brian brooks bruce '
    'buffalo butler campbell carlos carnegie carol catherine charles chicago christine clark '
    'cleveland cohen columbus connelly cooper cynthia dallas daniel david deborah denver '
    'diane donald dorothy douglas edward elizabeth emily evans fernandez fisher florida '
    'forbes foster frank frederick gabriel garcia george gibson gloria gonzalez gordon graham '
    'grant greenfield gregory hamilton hannah harold harris harvey heather helen henderson '
    'henry hernandez hoffman howard hughes isabel jackson jacob jacqueline james janet jason '
    'jeffrey jennifer jessica joan johnson joseph joyce juan judith julian karen katz keith '
    'kelly kenneth kevin kimberly klein kowalski kumar larry laura lawrence lewis lincoln '
    'linda lopez lucas madison marcus margaret marquez martin matthew maxwell mcdonald '
    'melissa mexico miami michael michelle miller mitchell monica monroe morgan murphy murray '
    'nancy natalie nelson newton nguyen nicholas norman oakland olivia oscar owens pamela '
    'parker patel patricia patrick peterson philip phoenix pittsburgh phillips quentin quincy '
    'quinn rachel raymond rebecca reynolds richard roberts robinson rodriguez ronald russell '
    'ryan samantha sandra schmidt schwartz scott seattle sharon sheila simmons singh smith '
    'squirrel stephen steven stewart sullivan susan sylvia taylor teresa theodore thomas '
    'thompson timothy tyler valdez vanessa vaughn victor vincent virginia wagner walker '
    'wallace walter warren washington watson weaver wendy wesley wheeler white william wilson '
    'wright xavier yolanda young yvonne zachary zimmerman zoe').split()
DIGITS = 'zero one two three four five six seven eight nine'.split()
TEENS = ('ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen '
         'nineteen').split()
TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split()
MONTHS = ('january february march april may june july august september october november '
          'december').split()
DAYS = ('first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth '
        'thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth '
        'twentieth').split()
COMMANDS = 'yes no go stop help start repeat enter erase rubout'.split()

TRAIN = Voices(ACCENTS, SPEAKERS, FLITE, 0.25)
STRANGERS = Voices(STRANGE_ACCENTS, STRANGE_SPEAKERS)
SAID = {'a': 'ay'}  # else the article


def spelled(rng: random.Random) -> list[str]:
    """Draw the letters of a name, or of a code that is no name."""
    if rng.random() < 0.6:
        return list(rng.choice(NAMES))
    return rng.choices(string.ascii_lowercase, k=rng.randint(2, 6))


def digits(rng: random.Random, fewest: int, most: int) -> list[str]:
    """Draw digits; zero is as often "oh"."""
    zero = rng.choice(('zero', 'oh'))
    return [zero if digit == 'zero' else digit
            for digit in rng.choices(DIGITS, k=rng.randint(fewest, most))]


def below_hundred(rng: random.Random) -> list[str]:
    """Draw a number from ten to ninety-nine."""
    if rng.random() < 0.3:
        return [rng.choice(TEENS)]
    return [rng.choice(TENS), *([rng.choice(DIGITS[1:])] if rng.random() < 0.8 else [])]


def number(rng: random.Random) -> list[str]:
    """Draw a number as people say those of houses and years."""
    kind = rng.random()
    if kind < 0.4:
        return below_hundred(rng) + below_hundred(rng)
    if kind < 0.6:
        return [rng.choice(DIGITS[1:]), *below_hundred(rng)]
    if kind < 0.8:
        return [rng.choice(DIGITS[1:]), rng.choice(('hundred', 'thousand')), *below_hundred(rng)]
    return below_hundred(rng)


def date(rng: random.Random) -> list[str]:
    """Draw a day, with or without its year."""
    day = [rng.choice(DAYS)] if rng.random() < 0.7 else ['twenty', rng.choice(DAYS[:9])]
    year = ['nineteen', *below_hundred(rng)] if rng.random() < 0.7 else []
    return [rng.choice(MONTHS), *day, *year]


def command(rng: random.Random) -> list[str]:
    """Draw a command, alone or with what it is about."""
    word = rng.choice(COMMANDS)
    if word not in ('enter', 'erase', 'rubout') or rng.random() < 0.2:
        return [word]
    letters = rng.choices(string.ascii_lowercase, k=rng.randint(0, 5))
    return [word, *letters, *(digits(rng, 1, 3) if rng.random() < 0.5 else below_hundred(rng))]


KINDS: tuple[Callable[[random.Random], list[str]], ...] = (
    spelled, lambda rng: digits(rng, 3, 5), lambda rng: digits(rng, 7, 10), number, date, command)
WEIGHTS = 40, 10, 15, 15, 8, 12


def text(rng: random.Random) -> tuple[str, str]:
    """Draw what is said: its transcript, and the text for a synthesizer, with its pauses."""
    words = rng.choices(KINDS, WEIGHTS)[0](rng)
    pauses = rng.choice((0, 0.1, 0.3, 1))
    said = [SAID.get(word, word) + (',' if rng.random() < pauses else '') for word in words]
    return ' '.join(words), ' '.join(said)


def make_part(name: str, voices: Voices, count: int, out: pathlib.Path,
              rng: random.Random) -> None:
    """Record one set and write its CSV file."""
    utterances = []
    for index in range(count):
        voice = voices.draw(rng)
        transcript, said = text(rng)
        utterances.append(Utterance(
            out / name / f'{index:04}-{voice.name}.wav', voice, transcript, said,
            rng.uniform(0.8, 1.25), rng.uniform(0.7, 1.35), rng.uniform(0.2, 0.9)))
    seconds = record_all(utterances, out / f'{name}.csv')
    print(f'{name}: {count} utterances, {seconds / 3600:.2f} h')


def main() -> None:
    """Read the command line and make the corpus."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out', type=pathlib.Path, help='folder for recordings and CSVs')
    parser.add_argument('--train', type=int, default=1500,
                        help='training utterances (%(default)s)')
    parser.add_argument('--dev', type=int, default=150, help='validation utterances (%(default)s)')
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    need_programs()
    rng = random.Random(options.seed)
    make_part('dev', STRANGERS, options.dev, options.out, rng)
    make_part('train', TRAIN, options.train, options.out, rng)


if __name__ == '__main__':
    log.to_stderr()
    errors.run(main)
