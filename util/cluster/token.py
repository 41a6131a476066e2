"""The secret that the members of one run share, and how they prove to have it.

    ours, theirs = challenge(), '...'     # each end makes one, the other end answers it
    proof(token, 'guard', theirs, ours)   # to be sent: the token itself never is

A launcher makes a token for each run. Members that are started by hand may be given one, by flag
or environment; without, the empty token is theirs, which everybody knows.
"""
from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sys

TOKEN = 'DEEPSPEECH_CLUSTER_TOKEN'  # environment variable
_FLAG = 'cluster_token'


def new() -> str:
    """Make a token that nobody can guess."""
    return secrets.token_hex(16)


def challenge() -> str:
    """Return 32 hexadecimal digits that have never been used."""
    return secrets.token_hex(16)


def proof(token: str, who: str, theirs: str, ours: str) -> str:
    """Return 64 hexadecimal digits that only who has the token can compute.

    Args:
        token: the secret.
        who: we are: guard or control, so that neither's proof serves the other.
        theirs: challenge.
        ours: challenge.
    """
    words = f'{who} {theirs} {ours}'.encode()
    key = hashlib.sha256(os.fsencode(token)).digest()  # as it is HMAC would fill it up with zeros
    return hmac.new(key, words, hashlib.sha256).hexdigest()


def proves(said: str, token: str, who: str, ours: str, theirs: str) -> bool:
    """Tell whether what the other end has said is its proof; how far it is right takes no time."""
    return hmac.compare_digest(said, proof(token, who, ours, theirs))


def out_of_sight() -> None:
    """Start this program again if its command line shows a token, which then is in the environment.

    Everybody on this machine can read a command line, and nobody else an environment.
    """
    command, words = [sys.executable], iter(sys.orig_argv[1:])
    token = None
    for word in words:
        name, equals, value = word.partition('=')
        if name in (f'--{_FLAG}', f'-{_FLAG}'):
            token = value if equals else next(words, '')
        else:
            command.append(word)
    if token is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(sys.executable, command, {**os.environ, TOKEN: token})
