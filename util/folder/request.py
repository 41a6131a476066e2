"""The command line of `bin/run-folder.sh`: what is for the run, the importer and the trainer."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path

from util.training.recipes import RECIPES

DESCRIPTION = '''From a folder of your own recordings to a model, in one command.

    bin/run-folder.sh my/recordings
    bin/run-folder.sh my/recordings --speaker_pattern '^([^/]+)/' --text more.txt --epoch 100

FOLDER has audio with texts of the same name, with subtitles, or with a table: what
bin/import_folder.py imports. All that the run makes goes to its own folder; the recordings stay as
they are. Started again it goes on where it stopped. When recordings were added it trains anew, and
the earlier model is kept in earlier-1.

Options of bin/import_folder.py and flags of DeepSpeech.py are handed on; the latter win over the
recipe.'''
IMPORTING = {'audio_column': 'NAME', 'text_column': 'NAME', 'speaker_column': 'NAME',
             'speaker_pattern': 'REGEX', 'split_by': 'WHAT', 'dev_percent': 'P',
             'test_percent': 'P', 'locale': 'CODE', 'encoding': 'NAME', 'max_seconds': 'S',
             'keep_digits': '', 'drop_speaker_labels': '', 'normalize': ''}
# Flags of the trainer that the run sets itself -> what to do instead.
INSTEAD = {
    **dict.fromkeys(('train_files', 'dev_files', 'test_files', 'alphabet_config_path'),
                    'they are made of FOLDER'),
    **dict.fromkeys(('checkpoint_dir', 'save_checkpoint_dir', 'export_dir', 'test_output_file'),
                    'pass --run_dir'),
    **dict.fromkeys(('scorer_path', 'scorer'), 'pass its text as --text'),
    **dict.fromkeys(('train', 'notrain', 'test', 'notest'), 'run ./DeepSpeech.py by hand')}


@dataclasses.dataclass(frozen=True)
class Request:
    """What is wanted.

    Attributes:
        folder: of the recordings.
        run_dir: where everything goes that is made of them.
        texts: more text for the language model.
        recipe: name of the recipe; '' for the one that suits the hours.
        split_by: what stays in one split; '' for the strictest that leaves no split empty.
        locale: of the language, '' where it is not said.
        importing: options of the importer, beside `split_by`.
        training: flags of the trainer.
    """

    folder: Path
    run_dir: Path
    texts: tuple[str, ...] = ()
    recipe: str = ''
    split_by: str = ''
    locale: str = ''
    importing: tuple[str, ...] = ()
    training: tuple[str, ...] = ()

    @classmethod
    def parse(cls, arguments: list[str]) -> Request:
        """Read the command line; answer `--help` and misuse, and exit."""
        parser = argparse.ArgumentParser(
            prog='bin/run-folder.sh', description=DESCRIPTION, allow_abbrev=False,
            usage='%(prog)s FOLDER [option]... [flag of DeepSpeech.py]...',
            formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument('--run_dir', type=Path, metavar='FOLDER', help='where everything goes '
                            '(default: $COMPUTE_KEEP_DIR, or runs/NAME for a FOLDER called NAME)')
        parser.add_argument('--text', action='append', default=[], metavar='FILES', help='more '
                            'text for the language model, beside the transcripts; with commas '
                            'between, plain or .gz; repeatable')
        parser.add_argument('--recipe', default='', choices=[each.name for each in RECIPES],
                            help='take this one (default: by hours of speech)')
        group = parser.add_argument_group('options of bin/import_folder.py')
        for name, value in IMPORTING.items():
            if value:
                group.add_argument(f'--{name}', metavar=value)
            else:
                group.add_argument(f'--{name}', action='store_true')
        folder = arguments[0] if arguments and not arguments[0].startswith('-') else ''
        found, rest = parser.parse_known_args(arguments[bool(folder):])
        if not folder:
            parser.error('expected the folder of the recordings first')
        path = Path(folder)
        if not path.is_dir():
            parser.error(f'{folder!r} is no folder: expected one with recordings and their texts')
        kept = os.environ.get('COMPUTE_KEEP_DIR') or os.path.join('runs', path.resolve().name)
        run_dir = found.run_dir or Path(kept)
        if run_dir.resolve().is_relative_to(path.resolve()):
            parser.error(f"--run_dir '{run_dir}' lies in the folder of the recordings, which stays "
                         'as it is: pass another')
        for word in rest:
            name = word.lstrip('-').partition('=')[0] if word.startswith('-') else ''
            if name in INSTEAD:
                parser.error(f'--{name} is set by the run itself: {INSTEAD[name]}')
        importing = [f'--{name}={getattr(found, name)}' if value else f'--{name}'
                     for name, value in IMPORTING.items()
                     if name != 'split_by' and getattr(found, name)]
        return cls(path, run_dir, tuple(text for each in found.text for text in each.split(',')),
                   found.recipe, found.split_by or '', found.locale or '', tuple(importing),
                   tuple(rest))
