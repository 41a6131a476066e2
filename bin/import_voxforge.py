#!/usr/bin/env python3
"""Import VoxForge: sentences read in English by volunteers, many of them not native.

hours     130 (6,300 sessions of about 10 sentences); 10 GB
audio     16 kHz, 16-bit, mono WAV or FLAC, microphones of all qualities
licence   GPL
page      http://www.voxforge.org/
layout    one archive per session, unpacked:
          voxforge/1028-20100710-hne/wav/ar-01.wav    (flac/ar-01.flac in some)
          voxforge/1028-20100710-hne/etc/PROMPTS:
          1028-20100710-hne/mfc/ar-01 AUTHOR OF THE DANGER TRAIL PHILIP STEELS ETC
splits    none published: by user name, 90 % train, 5 % dev, 5 % test; each anonymous
          session counts as a person.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    Archive,
    Corpus,
    SourceClip,
    first_field,
    hash_split,
    read_lines,
    sorted_glob,
)
from util.corpora.importer import main

LIST = 'http://www.repository.voxforge1.org/downloads/SpeechCorpus/Trunk/Audio/Main/16kHz_16bit/'


def archives(folder: Path) -> tuple[Archive, ...]:
    """Return the sessions in the server's list; without one, use what is there."""
    page = folder / 'voxforge' / 'index.html'
    if not page.exists():
        return ()
    names = sorted(set(re.findall(r'href="([\w.%-]+\.tgz)"', page.read_text(errors='replace'))))
    return tuple(Archive(LIST + name, f'voxforge/{name[:-4]}/etc/*', into='voxforge',
                         name=f'voxforge/archive/{name}') for name in names)


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield clips by session, in the order of its prompts."""
    for prompts in sorted_glob(folder / 'voxforge', '**/etc/PROMPTS'):
        session = prompts.parents[1]
        speaker = session.name if session.name.startswith('anonymous') else (
            session.name.partition('-')[0])
        if hash_split(speaker) != split:
            continue
        for line in read_lines(prompts):
            path, sentence = first_field(line)
            name = path.rpartition('/')[2]
            flac = session / 'flac' / f'{name}.flac'
            yield SourceClip(f'{session.name}/{name}', flac if flac.exists() else
                             session / 'wav' / f'{name}.wav', sentence,
                             speaker='' if speaker == session.name else speaker)


CORPUS = Corpus(name='voxforge', locale='en', splits=('train', 'dev', 'test'), clips=clips,
                index=Archive(LIST, 'voxforge/index.html|voxforge/**/etc/PROMPTS',
                              name='voxforge/index.html'),
                archives=archives)

if __name__ == '__main__':
    main(CORPUS, __doc__)
