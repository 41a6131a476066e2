#!/usr/bin/env python3
r"""Write the CSVs of the Arabic speech commands, which measurements of grammars and keywords use.

    python tests/bench/arabic_commands.py INTO [--shared ../shared/data/arabic_commands]

Unpacks the data set into the folder INTO and writes arabic-train.csv, arabic-dev.csv and
arabic-test.csv (12, 4 and 4 speakers, none in two of them) with the Arabic words, alphabet.txt,
and commands.txt, the words as a list of phrases (a grammar). Then, for example:

    ./DeepSpeech.py --flagfile tests/bench/arabic_commands.flags \
        --train_files INTO/arabic-train.csv --dev_files INTO/arabic-dev.csv \\
        --test_files INTO/arabic-test.csv --alphabet_config_path INTO/alphabet.txt
"""

import argparse
import csv
import pathlib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETS = {'train': 'train', 'val': 'dev', 'test': 'test'}


def main() -> None:
    """Unpack and write."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('into', type=pathlib.Path)
    parser.add_argument('--shared', type=pathlib.Path,
                        default=ROOT.parent / 'shared/data/arabic_commands')
    options = parser.parse_args()
    into = options.into.resolve()
    with zipfile.ZipFile(options.shared / 'arabic-speech-commands-dataset.zip') as archive:
        archive.extractall(into)
    with open(options.shared / 'words.tsv', encoding='utf-8') as file:
        words = {row['class']: row['arabic'] for row in csv.DictReader(file, delimiter='\t')}
    for theirs, ours in SETS.items():
        with open(into / f'{theirs}.csv', encoding='utf-8') as file:
            rows = list(csv.DictReader(file))
        with open(into / f'arabic-{ours}.csv', 'w', encoding='utf-8', newline='') as file:
            writer = csv.writer(file)
            writer.writerow(['wav_filename', 'wav_filesize', 'transcript'])
            for row in rows:
                clip = into / row['file']
                writer.writerow([clip, clip.stat().st_size, words[row['class']]])
    letters = sorted(set(''.join(words.values())))
    (into / 'alphabet.txt').write_text('\n'.join(letters) + '\n', encoding='utf-8')
    (into / 'commands.txt').write_text('\n'.join(words.values()) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
