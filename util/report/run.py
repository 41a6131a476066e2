"""What a run has left: where its numbers, its test, its sets and its model are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from util.errors import UserError, reason
from util.report.curves import METRICS

FLAGS = 'flags.txt'
MODEL, ENDINGS = 'output_graph', ('.pbmm', '.pb', '.tflite')
# What is called otherwise in each run, whatever it does.
_OF_RESULTS = {'checkpoint_dir', 'save_checkpoint_dir', 'export_dir', 'test_output_file',
               'summary_dir'}

Difference = tuple[str, str, str]  # flag, its value here, and there


@dataclass(frozen=True)
class Run:
    """A run of `bin/run-folder.sh`, or of `DeepSpeech.py`, or the result of a test alone.

    Attributes:
        name: as it was given.
        kept: folder of its checkpoints; None where there is none.
        flags: name -> value of `flags.txt`; a switch has '', and is `early_stop` or `noearly_stop`.
        tests: what it is -> file of the test; the first is looked at.
        sets: CSVs and their like that were tested on.
        model: exported; None where there is none.
    """

    name: str
    kept: Path | None = None
    flags: dict[str, str] = field(default_factory=dict)
    tests: dict[str, Path] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    model: Path | None = None

    @classmethod
    def find(cls, path: Path, tested: Path | None = None, model: Path | None = None) -> Run:
        """Look around in the folder of a run.

        Args:
            path: of the folder, or of a file of `--test_output_file`.
            tested: such a file, in place of those that are there.
            model: in place of the one that is there.

        Raises:
            UserError: it is no run.
        """
        if path.is_file():
            return cls(str(path), tests={'test': tested or path}, model=model)
        if not path.exists():
            raise UserError(f"'{path}': no such folder: expected a run of bin/run-folder.sh, a "
                            '--checkpoint_dir, or a file of --test_output_file')
        kept = next((each for each in (path / 'checkpoints', path)
                     if any((each / name).exists() for name in (METRICS, FLAGS))), None)
        if kept is None:
            raise UserError(f"'{path}' is no run: neither in it nor in its folder checkpoints is "
                            f'{METRICS} or {FLAGS}; expected what bin/run-folder.sh or '
                            '--checkpoint_dir has left')
        flags = read_flags(kept / FLAGS)
        csv = path / 'data' / 'recordings-test.csv'
        named = tuple(name for name in flags.get('test_files', '').split(',') if name)
        return cls(str(path), kept, flags,
                   {'test': tested} if tested else dict(_tests(path, kept, flags)),
                   (str(csv),) if csv.exists() else named, model or _model(path, flags))

    def beside(self, other: Run) -> Run:
        """Return this run, tested on the sets of another one where its own are not known."""
        return self if self.sets else replace(self, sets=other.sets)

    @property
    def by_characters(self) -> bool:
        """Whether the network writes bytes, in languages that may not part words."""
        return 'bytes_output_mode' in self.flags

    @property
    def sample_rate(self) -> int:
        """Hz that recordings are heard at."""
        rate = self.flags.get('audio_sample_rate', '')
        return int(rate) if rate.isdecimal() and int(rate) else 16000


def _tests(path: Path, kept: Path, flags: dict[str, str]) -> Iterable[tuple[str, Path]]:
    """Yield what tests have left, in the order in which one wants to know of them."""
    both = path / 'test.json', path / 'test-alone.json'
    if both[1].exists():
        yield from ((what, file) for what, file in zip(
            ('test with the language model', 'test of the network alone'), both) if file.exists())
        return
    for file in (path / 'test.json', kept / 'test.json', Path(flags.get('test_output_file', ''))):
        if file.is_file():
            yield 'test', file
            return


def _model(path: Path, flags: dict[str, str]) -> Path | None:
    name = flags.get('export_file_name') or MODEL
    folders = [path / 'export', *[Path(each) for each in [flags.get('export_dir', '')] if each]]
    files = (folder / f'{name}{ending}' for folder in folders for ending in ENDINGS)
    return next((file for file in files if file.is_file()), None)


def read_flags(path: Path) -> dict[str, str]:
    """Read `flags.txt`; {} where there is none.

    Raises:
        UserError: it is there and cannot be read.
    """
    flags: dict[str, str] = {}
    try:
        lines = path.read_text(encoding='utf-8', errors='replace').splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f'{path}: {reason(error)}') from error
    for line in lines:
        if line.startswith('--'):
            name, _, value = line[2:].partition('=')
            flags[name] = f'{flags[name]} {value}' if name in flags else value  # repeatable
    return flags


def differences(ours: dict[str, str], theirs: dict[str, str]) -> list[Difference]:
    """Return the flags in which two runs differ, but for the names of their results.

    A switch that one run has on and the other off is one difference: `yes` and `no`.
    """
    names = {*ours, *theirs}
    here, there = _switched(ours, names), _switched(theirs, names)
    return [(name, here.get(name, ''), there.get(name, '')) for name in {**here, **there}
            if here.get(name) != there.get(name) and name not in _OF_RESULTS]


def _switched(flags: dict[str, str], names: set[str]) -> dict[str, str]:
    """Give switches that are on in one run and off in another one name."""
    found = {}
    for name, value in flags.items():
        if name.startswith('no') and name[2:] in names:
            found[name[2:]] = 'no'
        else:
            found[name] = 'yes' if f'no{name}' in names else value
    return found
