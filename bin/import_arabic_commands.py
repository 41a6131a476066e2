#!/usr/bin/env python3
"""Import the Arabic Speech Commands: forty single words, said by thirty people.

hours     3.3 (12,000 clips of one second)
audio     48 kHz, 16-bit, mono WAV: converted to 16 kHz
licence   CC BY 4.0
page      https://github.com/abdulkaderghandoura/arabic-speech-commands-dataset
layout    arabic-speech-commands-dataset-master/train.csv        file,class
          arabic-speech-commands-dataset-master/dataset/zoom in/00000004_NO_01.wav
          the name is {speaker}_NO_{round}; the class says in English what is said in Arabic
splits    as published: test and dev (val.csv) have speakers of their own.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from util.corpora.corpus import (
    UNEXPECTED_NAME,
    Archive,
    Corpus,
    SourceClip,
    read_rows,
    sorted_glob,
)
from util.corpora.importer import main

WORDS = {
    'backward': 'خلف', 'cancel': 'إلغاء', 'close': 'إغلاق', 'digit': 'رقم', 'direction': 'اتجاه',
    'disable': 'تعطيل', 'down': 'أسفل', 'eight': 'ثمانية', 'enable': 'تفعيل', 'enter': 'إدخال',
    'five': 'خمسة', 'forward': 'أمام', 'four': 'أربعة', 'left': 'يسار', 'move': 'تحريك',
    'next': 'التالي', 'nine': 'تسعة', 'no': 'لا', 'ok': 'موافق', 'one': 'واحد', 'open': 'فتح',
    'options': 'خيارات', 'previous': 'السابق', 'receive': 'استقبال', 'record': 'تسجيل',
    'right': 'يمين', 'rotate': 'تدوير', 'send': 'إرسال', 'seven': 'سبعة', 'six': 'ستة',
    'start': 'ابدأ', 'stop': 'توقف', 'three': 'ثلاثة', 'two': 'اثنان', 'undo': 'تراجع',
    'up': 'أعلى', 'yes': 'نعم', 'zero': 'صفر', 'zoom in': 'تكبير', 'zoom out': 'تصغير'}
LISTS = {'train': 'train', 'dev': 'val', 'test': 'test'}


def clips(folder: Path, split: str) -> Iterator[SourceClip]:
    """Yield the clips of a published list; the word follows from the class."""
    for table in sorted_glob(folder, f'**/{LISTS[split]}.csv'):
        if not (table.parent / 'dataset').is_dir():
            continue
        for row in read_rows(table, ('file', 'class')):
            audio = table.parent / row['file']
            speaker, _, number = audio.stem.partition('_NO_')
            word = WORDS.get(row['class'], '')
            yield SourceClip(f'{audio.parent.name}/{audio.stem}', audio, word, speaker=speaker,
                             problem='' if number and word else UNEXPECTED_NAME)


CORPUS = Corpus(
    locale='ar',
    name='arabic_commands', splits=('train', 'dev', 'test'), clips=clips,
    archives=(Archive('https://github.com/abdulkaderghandoura/arabic-speech-commands-dataset/'
                      'archive/refs/heads/master.zip', '**/dataset/zoom out',
                      name='arabic-speech-commands-dataset-master.zip'),))

if __name__ == '__main__':
    main(CORPUS, __doc__)
