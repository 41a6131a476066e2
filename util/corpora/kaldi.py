"""Data folders of Kaldi: wav.scp names the recordings, text says what is spoken in them.

    wav.scp      ann-1 /data/ann/1.wav              or a command that ends in |, which is not run
    text         ann-1 good morning
    segments     ann-1-a ann-1 0.50 2.25            pieces, if there are any: then text is of these
    utt2spk      ann-1 ann                          speakers, if it is there
"""

from pathlib import Path

from util.corpora.corpus import number
from util.corpora.pairing import Listed
from util.text import encoding

LIST = 'wav.scp'
COMMAND = 'wav.scp runs a command'


def read_kaldi(folder: Path, where: str) -> list[Listed]:
    """Return what the lists in a folder say of recordings, in the order of `text`.

    Args:
        folder: it has wav.scp.
        where: what to call it.
    """
    recordings, speakers = _table(folder / LIST), _table(folder / 'utt2spk')
    pieces = {key: rest.split() for key, rest in _table(folder / 'segments').items()}
    rows = []
    for line, (key, text) in enumerate(_table(folder / 'text').items(), 1):
        recording, start, end = [*pieces.get(key, [key, '0']), '', '', ''][:3]
        name = recordings.get(recording, '')
        rows.append(Listed(
            f'{where}/text:{line}', folder, name, text, speakers.get(key, ''), number(start),
            number(end) if end else None, COMMAND if name.endswith('|') else ''))
    return rows


def _table(path: Path) -> dict[str, str]:
    """Return first field -> rest of the line; {} where there is no such file."""
    lines = encoding.read(path).split('\n') if path.is_file() else []
    fields = (line.split(maxsplit=1) for line in lines if line.strip())
    return {key: ''.join(rest).strip() for key, *rest in fields}
