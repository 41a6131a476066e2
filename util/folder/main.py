"""The phases of a run, from a folder of recordings to a model: what `bin/run-folder.sh` starts."""

from __future__ import annotations

import sys

if __name__ == '__main__':  # our rooms, and not what has their names where the user is
    sys.path[0] = sys.path[0].removesuffix('/util/folder')

from util import interrupt, log

if __name__ == '__main__':
    log.to_stderr()
    interrupt.ends_with('interrupted: run the same command to go on')

import json
import shlex
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from util import errors
from util.data.check import CheckResult, check
from util.data.manifest import read_csvs
from util.data.speakers import count_speakers
from util.errors import UserError
from util.features import FeatureSettings
from util.files import whole_file
from util.folder.expect import expectation
from util.folder.phases import Phases, contents, listing
from util.folder.request import Request
from util.folder.tool import Failed, Interrupted, Tools
from util.text.alphabet import Alphabet
from util.training.recipes import RECIPES, may_have_gpu, recipe_for

SPLITS = 'train', 'dev', 'test'
STRICTEST_FIRST = 'speaker', 'recording', 'clip'
FEW_VOICES = range(2, 10)  # with these --vary 1 helps most: doc/benchmarks/accuracy.md


class FolderRun:
    """The run of one folder.

    Args:
        request: what is wanted.
        tools: that do the work.
    """

    def __init__(self, request: Request, tools: Tools) -> None:
        self.request, self.tools = request, tools
        self.dir = request.run_dir
        self.data, self.kept = self.dir / 'data', self.dir / 'checkpoints'
        self.alphabet, self.text = self.data / 'alphabet.txt', self.dir / 'transcripts.txt'
        self.scorer, self.export = self.dir / 'words.scorer', self.dir / 'export'
        self.alone, self.tested = self.dir / 'test-alone.json', self.dir / 'test.json'
        self.page = self.dir / 'report.html'
        self.recipe: list[str] = []  # flags of the trainer
        self.phase = 'import'
        self.phases: Phases

    def go(self) -> None:
        """Run the phases that are not done yet."""
        self.dir.mkdir(parents=True, exist_ok=True)
        self.phases = Phases(self.dir)
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ('import', self.import_recordings), ('check', self.check),
            ('language model', self.make_scorer), ('training', self.train),
            ('test and export', self.test), ('report', self.report))
        for number, (self.phase, step) in enumerate(steps, 1):
            log.info(f'{number} of {len(steps)}: {self.phase}')
            step()
        self._say_what_is_there()

    def csv(self, split: str) -> Path:
        """Return the CSV of a split."""
        return self.data / f'recordings-{split}.csv'

    def _once(self, made_of: dict[str, Any], results: Iterable[Path],
              work: Callable[[], object], phase: str = '') -> None:
        """Do the work of a phase unless it has been done, of the same things."""
        phase = phase or self.phase
        changed = self.phases.changed(phase, made_of, results)
        if changed == []:
            log.info('done before, and nothing has changed')
            return
        if changed:
            log.info(f'again, because of a change: {", ".join(changed)}')
        work()
        self.phases.note(phase, made_of)

    # Import and check

    def import_recordings(self) -> None:
        """Make CSVs, WAVs and the alphabet."""
        request = self.request
        made_of = {'folder': str(request.folder.resolve()), **listing(request.folder),
                   'options': [*request.importing, request.split_by]}
        if 'folder' in (self.phases.changed('import', made_of) or ()):
            raise UserError(f"'{self.dir}' is the run of another folder: pass another --run_dir")
        self.data.mkdir(exist_ok=True)
        self._once(made_of, [self.csv('train'), self.alphabet], self._import)

    def _import(self) -> None:
        for split in SPLITS:  # what a split that is empty now had before
            self.csv(split).unlink(missing_ok=True)
        options = ['--recordings', str(self.request.folder), *self.request.importing]
        split_by = self.request.split_by or self._split_by(options)
        self.tools.run('bin/import_folder.py', self.data, *options, '--split_by', split_by)

    def _split_by(self, options: list[str]) -> str:
        """Return what to hold out: speakers or, with too few of them, something smaller."""
        for split_by in STRICTEST_FIRST:
            found = self.tools.run('bin/import_folder.py', self.data, *options, '--dry_run',
                                   '--json', '--split_by', split_by, silent=True)
            splits = json.loads(found)['splits'] if found.startswith('{') else {}
            if all(splits.get(name, {}).get('clips') for name in SPLITS):
                break
        if split_by == 'clip' and splits:
            log.warn('there are too few recordings to hold some out: the test has other clips of '
                     'the same ones, and new recordings will have more errors')
        return split_by

    def check(self) -> None:
        """Check the clips, choose the recipe by what there is, and say what to expect."""
        alphabet = (Alphabet.bytes_output() if '--bytes_output_mode' in self.request.training
                    else Alphabet.load(str(self.alphabet)))
        found = {split: _checked(self.csv(split), alphabet) for split in SPLITS
                 if self.csv(split).exists()}
        train = found['train']
        hours = train.hours_total - train.hours_left_out
        speakers = count_speakers([str(self.csv('train'))], train.usable)
        name, on_gpu = self.request.recipe or recipe_for(hours).name, may_have_gpu()
        path = next(each for each in RECIPES if each.name == name).path(on_gpu)
        self.recipe = ['--flagfile', path]
        if speakers in FEW_VOICES:
            self.recipe += ['--vary', '1']
        voices = 'unknown speakers' if speakers is None else (
            f'{speakers} speaker{"s" * (speakers != 1)}')
        log.info(f'{60 * hours:.1f} minutes by {voices} to train on: {path}'
                 + ' with --vary 1' * (speakers in FEW_VOICES))
        for line in expectation(hours, len(train.usable), speakers):
            log.warn(line)
        self._begin()

    def _begin(self) -> None:
        """Set aside what was made of other recordings or by another recipe."""
        made_of = self._learnt_from()
        if self.phases.changed('begun', made_of) and self.kept.exists():
            self._set_aside()
        self.phases.note('begun', made_of)

    def _learnt_from(self) -> dict[str, Any]:
        return {'recordings': contents(self._csvs()), 'alphabet': contents([self.alphabet]),
                'recipe': [*self.recipe[2:], contents([self.recipe[1]])]}

    # Training

    def train(self) -> None:
        """Train, and test the network alone."""
        made_of = {**self._learnt_from(), 'flags': list(self.request.training)}
        results = [self.kept, *[self.alone] * self.csv('test').exists()]
        self._once(made_of, results, lambda: self._trainer(
            '--checkpoint_dir', str(self.kept), *self._sets(*SPLITS),
            '--test_output_file', str(self.alone), *self.request.training))

    def _csvs(self) -> list[Path]:
        return [self.csv(split) for split in SPLITS if self.csv(split).exists()]

    def _sets(self, *splits: str) -> list[str]:
        return [word for split in splits if self.csv(split) in self._csvs()
                for word in (f'--{split}_files', str(self.csv(split)))]

    def _trainer(self, *flags: str) -> None:
        self.tools.run('DeepSpeech.py', *self.recipe, '--alphabet_config_path', str(self.alphabet),
                       *flags)

    def _set_aside(self) -> None:
        number = 1
        while (aside := self.dir / f'earlier-{number}').exists():
            number += 1
        aside.mkdir()
        for path in (self.kept, self.export, self.scorer, self.alone, self.tested, self.page):
            if path.exists():
                path.rename(aside / path.name)
        log.info(f"training anew: recordings or recipe have changed; the earlier model is in "
                 f"'{aside}'")

    # Language model, test, export

    def make_scorer(self) -> None:
        """Make a language model of the training transcripts and the texts given."""
        texts = [str(self.text), *self.request.texts]
        with whole_file(self.text, 'w') as file:
            file.writelines(row.transcript + '\n' for row in read_csvs([str(self.csv('train'))]))
        try:
            made_of = {'text': contents(texts), 'alphabet': contents([self.alphabet])}
        except OSError as error:
            raise UserError(f'--text {error.filename}: {error.strerror}') from error
        options = ['--text', ','.join(texts), '--alphabet', str(self.alphabet)]
        if '--bytes_output_mode' in self.request.training:
            options.append('--bytes_output_mode')
        self._once(made_of, [self.scorer], lambda: self.tools.run(
            'bin/make_scorer.py', *options, '--out', self.scorer))

    def test(self) -> None:
        """Test with the language model, and export."""
        made_of = self._tested_with()
        results = [self.export / 'output_graph.pbmm', *[self.tested] * self.csv('test').exists()]
        self._once(made_of, results, lambda: self._trainer(
            '--checkpoint_dir', str(self.kept), *self._sets(*SPLITS),
            '--scorer_path', str(self.scorer), '--test_output_file', str(self.tested),
            '--export_dir', str(self.export), '--remove_export',
            '--export_language', self.request.locale, *self.request.training,
            '--notrain', '--load_checkpoint_dir='))

    def _tested_with(self) -> dict[str, Any]:
        return {'weights': self._weights(), 'scorer': contents([self.scorer]),
                'flags': list(self.request.training)}

    def _weights(self) -> list[str]:
        """Return what the names of the checkpoints are: each tells its step."""
        return sorted(path.name for path in self.kept.glob('*.index'))

    # Report

    def report(self) -> None:
        """Make the page to look at; without it the model is as good."""
        self._once(self._tested_with(), [self.page], self._report)

    def _report(self) -> None:
        try:
            self.tools.run('bin/report.py', self.dir, '--out', self.page)
        except Failed:
            log.warn('no report, but the model is there; the same command tries again')

    def _say_what_is_there(self) -> None:
        model = self.export / 'output_graph.pbmm'
        log.info('transcribe with:')
        program = shutil.which('deepspeech') or 'deepspeech'  # of an environment made just now
        print(shlex.join([program, '--model', str(model), '--scorer', str(self.scorer),
                          '--audio', 'speech.wav']))


def _checked(csv: Path, alphabet: Alphabet) -> CheckResult:
    """Check a CSV as the trainer does, and say what cannot be used."""
    found = check(read_csvs([str(csv)]), alphabet, FeatureSettings(), label=csv.name)
    for each in found.left_out:
        log.warn(each)
    log.info(f'{csv.name}: {found.summary}')
    if not found.usable:
        raise UserError(f'{csv}: none can be used')
    return found


def main(arguments: list[str], tools: Tools | None = None) -> int:
    """Run the phases; return the exit status, and where it is not 0 say how to go on.

    Args:
        arguments: of the command line.
        tools: that do the work; None for those of this repository.
    """
    request, tools = Request.parse(arguments), tools or Tools()
    run = FolderRun(request, tools)
    try:
        with tools.hearing():
            status = int(bool(errors.status_of(run.go)))
    except Interrupted as end:
        log.warn(f'interrupted in {run.phase}: run the same command to go on from there')
        return end.status
    except Failed as end:
        status = end.status
    if status:
        killed = f' (killed by signal {status - 128})' * (status > 128)
        log.warn(f'stopped in {run.phase}{killed}: once that is mended, the same command goes on '
                 'from there')
    return status


if __name__ == '__main__':
    errors.run(main, sys.argv[1:])
