"""The command line: every flag is one line of name, default, bounds and sentence.

A thin layer over absl's flags for programs whose flags are read by people:

    flag = Flags('Trains a model.')
    flag.group('Adam')
    flag('learning_rate', 0.001, '> 0', 'step size')
    options = flag.parse(sys.argv)        # options.learning_rate

absl parses the values and reads `--flagfile`. This module adds groups, bounds, aliases, booleans
written as two words (`--train False`), lists of words (`--files a b`), suggestions for misspelt
names, and the sentence that answers a flag which is known but cannot be honoured. Whoever misuses
the command line gets one line on stderr and exit status 2.
"""
from __future__ import annotations

import collections
import dataclasses
import difflib
import math
import operator
import os
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, TypeVar

from absl import flags as absl_flags

from util import errors
from util.answered import Answered
from util.release import Release

TRUE_WORDS = ('true', 't', '1', 'yes', 'y', 'on')
FALSE_WORDS = ('false', 'f', '0', 'no', 'n', 'off')
COMPARISONS = {'>=': operator.ge, '>': operator.gt, '<=': operator.le, '<': operator.lt}
KIND_NAMES = {str: 'text', int: 'a whole number', float: 'a number', bool: 'true or false',
              tuple: 'text'}

Record = TypeVar('Record')


class MisuseError(Exception):
    """The command line cannot be understood; the message is one line for the user."""


@dataclasses.dataclass(frozen=True)
class Flag:
    """One flag: its line in the program and its place in `--help`."""
    group: str
    name: str
    kind: type
    default: Any
    bounds: str
    sentence: str
    alias: str = ''
    check: Callable[[str], object] | None = None

    @property
    def choices(self) -> list[str]:
        """The words a text flag takes; empty where any text will do."""
        return self.bounds.split('|') if self.kind is str and self.bounds else []

    @property
    def choice_text(self) -> str:
        """The choices as a sentence names them: beam, greedy or none."""
        *others, last = self.choices
        return f'{", ".join(others)} or {last}' if others else last

    @property
    def default_text(self) -> str:
        """The default as documentation shows it."""
        if self.kind is bool:
            return 'yes' if self.default else 'no'
        return '' if self.default in (None, '', ()) else f'`{self.default}`'

    def complaint(self, value: Any) -> str:
        """Return what is wrong with the value, or '' if it keeps to the bounds."""
        if value == self.default or self.kind is bool:
            return ''
        if self.choices:
            return '' if value in self.choices else f'expected {self.choice_text}'
        if self.kind is float and not math.isfinite(value):
            return 'expected a finite number'
        for comparison, limit in re.findall(r'([<>]=?) *([-+.\de]+)', self.bounds):
            if not COMPARISONS[comparison](value, float(limit)):
                return 'expected ' + self.bounds
        return ''

    def assignment(self, value: Any) -> str:
        """Return the flag with this value, as text."""
        return '\n'.join(self.assignments(value))

    def assignments(self, value: Any) -> list[str]:
        """Return the flag with this value as a command line has it: once for each of several."""
        if self.kind is bool:
            return [f'--{self.name}' if value else f'--no{self.name}']
        if self.kind is tuple:
            values = [value] if isinstance(value, str) else value
            return [f'--{self.name}={each}' for each in values]
        return [f'--{self.name}={"" if value is None else value}']


class Options:
    """The values of all flags: read by name, never written."""

    def __init__(self, values: dict[str, Any], warnings: tuple[str, ...], flag_lines: str,
                 given: tuple[str, ...], typed: tuple[str, ...] = (), command: str = ''):
        """Take the values by flag name, and what comes with them.

        Args:
            values: by flag name.
            warnings: what to warn of.
            flag_lines: the text that replays them.
            given: names of the flags whose value is not the default, which a release may have
                changed, as they are defined.
            typed: names of the flags that were written, of those that say something by it.
            command: the flags given, as a shell takes them; nothing that is secret.
        """
        self.__dict__.update(values)
        self.__dict__.update(warnings=warnings, flag_lines=flag_lines, given=given, typed=typed,
                             command=command)

    def record(self, kind: type[Record]) -> Record:
        """Return a record whose fields are named like flags, with the values of these flags."""
        return kind(**{field.name: getattr(self, field.name)
                       for field in dataclasses.fields(kind)})  # type: ignore[arg-type]

    def changed(self, **values: Any) -> Options:
        """Return these options with other values, as if they had been given."""
        other = object.__new__(Options)
        other.__dict__.update({**self.__dict__, **values})
        return other

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f'there is no flag --{name}')

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f'--{name} is set on the command line and stays as it is')


class Flags:
    """The definition of a command line, and its parser."""

    def __init__(self, description: str):
        """Start an empty command line; the description heads the help."""
        self.description = description.strip()
        self.definitions: dict[str, Flag] = {}
        self._group = ''
        self._aliases: dict[str, str] = {}
        self._replaced: dict[str, str] = {}
        self._retired: dict[str, str] = {}
        self._secret: set[str] = set()
        self._paths: tuple[str, ...] = ()
        self._lists: tuple[str, ...] = ()
        self._speaking: tuple[str, ...] = ()
        self._releases: Mapping[str, Release] = {}
        self._release, self._variable = '', ''

    def group(self, title: str) -> None:
        """Put the flags that follow under this heading."""
        self._group = title

    def __call__(self, name: str, default: Any, bounds: str, sentence: str, alias: str = '',
                 check: Callable[[str], object] | None = None) -> None:
        """Define a flag.

        Args:
            name: what follows the two dashes.
            default: its type is the flag's type; None stands for a number that is not set, and ()
                for texts of which there can be many: the flag can be repeated, or values follow
                one another, and an empty one drops those before it. The default need not keep to
                the bounds.
            bounds: '> 0' or '>= 0, < 1' for numbers, 'beam|greedy' for words, '' for anything.
            sentence: what it means to the user.
            alias: another name for the same flag.
            check: raises UserError, with the whole message, for a text that will not do.
        """
        kind = float if default is None else type(default)
        self.definitions[name] = Flag(self._group, name, kind, default, bounds, sentence, alias,
                                      check)
        if alias:
            self._aliases[alias] = name

    def replaced(self, name: str, substitute: str) -> None:
        """Accept the flag with any value, and name its substitute in one warning."""
        self._replaced[name] = substitute

    def answered(self, title: str, flags: Iterable[Answered]) -> None:
        """Accept flags under a heading, and say of each what there is instead of it."""
        self.group(title)
        for name, default, bounds, sentence, instead, check in flags:
            self(name, default, bounds, sentence, check=check)
            self.replaced(name, instead)

    def retired(self, answers: Mapping[str, str]) -> None:
        """Refuse flags of other releases and say of each what to do instead: names -> answer."""
        self._retired.update((name, answer) for names, answer in answers.items()
                             for name in names.split())

    def secret(self, name: str) -> None:
        """Leave the flag out of the text that replays a run."""
        self._secret.add(name)

    def paths(self, *names: str) -> None:
        """Name the flags that take a path, or several with commas: `~/` is the home folder."""
        self._paths = names

    def lists(self, *names: str) -> None:
        """Name the flags that take several values, with commas or, as a shell gives them, apart."""
        self._lists = names

    def choose_by_being_given(self, *names: str) -> None:
        """Name the flags that change what happens when written, even with their default value.

        They are in `Options.typed` then; a flag file has them only then.
        """
        self._speaking = names

    def choose_defaults(self, name: str, releases: Mapping[str, Release], variable: str) -> None:
        """Let a flag, or where it is not written a variable, choose the defaults of the others.

        Args:
            name: of the flag, whose words name the releases.
            releases: name -> the defaults that it changes.
            variable: of the environment.
        """
        self._release, self._releases, self._variable = name, releases, variable

    def parse(self, argv: list[str]) -> Options:
        """Read the command line; answer `--help` and misuse, and exit.

        Args:
            argv: program name and arguments.
        """
        errors.open_streams()
        try:
            return self._parse(argv)
        except MisuseError as e:
            print(f'E {e}', file=sys.stderr)
            sys.exit(2)

    def _parse(self, argv: list[str]) -> Options:
        values = absl_flags.FlagValues()
        define: dict[type, Any] = {
            str: absl_flags.DEFINE_string, bool: absl_flags.DEFINE_boolean,
            int: absl_flags.DEFINE_integer, float: absl_flags.DEFINE_float,
            tuple: absl_flags.DEFINE_multi_string}
        for flag in self.definitions.values():
            define[flag.kind](flag.name, flag.default, flag.sentence, flag_values=values)
        try:
            arguments = values.read_flags_from_files(argv[1:])
        except UnicodeDecodeError as e:
            raise MisuseError('the file given as --flagfile is not UTF-8 text') from e
        except absl_flags.Error as e:
            raise MisuseError(' '.join(str(e).replace('ERROR:: ', '').split())) from e
        joined = self._joined(arguments)
        for argument in joined:
            name, _, value = argument[2:].partition('=')
            try:
                values([argv[0], argument])
            except (absl_flags.Error, ValueError) as e:
                kind = KIND_NAMES[self.definitions[name].kind]
                raise MisuseError(f'--{name}={value}: expected {kind}') from e
        values.mark_as_parsed()
        written = {argument[2:].partition('=')[0] for argument in joined}
        found = {name: _after_the_last_empty(value) if flag.kind is tuple else value
                 for name, flag in self.definitions.items() for value in [getattr(values, name)]}
        found, defaults = self._with_release(found, written)
        return self._checked(found, defaults, tuple(name for name in self._speaking
                                                    if name in written))

    def _with_release(self, found: dict[str, Any], written: set[str]
                      ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the values and the defaults that the release asked for gives them."""
        defaults = {name: flag.default for name, flag in self.definitions.items()}
        if not self._release:
            return found, defaults
        if self._release in written:
            chosen = found[self._release]
        else:
            chosen = os.environ.get(self._variable, '')
            if chosen and chosen not in self._releases:
                raise MisuseError(f'{self._variable}={chosen}: expected '
                                  + self.definitions[self._release].choice_text)
        changed = self._releases[chosen].defaults if chosen in self._releases else {}
        unwritten = {name: value for name, value in changed.items() if name not in written}
        return {**found, self._release: chosen, **unwritten}, {**defaults, **changed}

    def _joined(self, arguments: list[str]) -> list[str]:
        """Bring every argument to the form --name=value, with the flag's own name."""
        rest = collections.deque(word for line in arguments for word in _split_line(line))
        joined: list[str] = []
        unknown: list[str] = []
        while rest:
            word = rest.popleft()
            if not re.match(r'--?[a-zA-Z]', word):
                raise MisuseError(f'{word!r} is not a flag: expected --name=value')
            name, has_value, value = word.lstrip('-').partition('=')
            if name in ('help', 'h', 'helpfull'):
                errors.run(print, self.help_text(full=name == 'helpfull'))
            own_name, negated = self._resolve(name)
            if not own_name:
                unknown.append(name)
                while rest and not re.match('--|-[a-zA-Z]', rest[0]):
                    rest.popleft()
                continue
            name = own_name
            flag = self.definitions[name]
            if flag.kind is bool:
                if negated and (has_value or (rest and _is_boolean(rest[0]))):
                    raise MisuseError(f'{word}: expected --no{name} or '
                                      f'--{name}={value or rest[0]}')
                if not negated and not has_value and rest and not rest[0].startswith('-'):
                    value = rest.popleft()
                elif not has_value:
                    value = 'false' if negated else 'true'
                if _is_boolean(value):
                    value = 'true' if value.lower() in TRUE_WORDS else 'false'
            elif not has_value:
                if not rest or rest[0].startswith('--'):
                    raise MisuseError(f'--{name} needs a value, as in {flag.assignment("VALUE")}')
                value = rest.popleft()
            while name in self._lists and rest and not rest[0].startswith('-'):
                value = f'{value},{rest.popleft()}'
            joined.append(f'--{name}={value}')
            while flag.kind is tuple and rest and not rest[0].startswith('-'):
                joined.append(f'--{name}={rest.popleft()}')
        if unknown:
            raise MisuseError(self._about_unknown(dict.fromkeys(unknown)))
        return joined

    def _resolve(self, name: str) -> tuple[str, bool]:
        """Find the flag's own name, '' if there is none, and whether it was written as --noname."""
        for candidate, negated in ((name, False), (name.removeprefix('no'), True)):
            candidate = self._aliases.get(candidate, candidate)
            if candidate in self.definitions:
                if not negated or self.definitions[candidate].kind is bool:
                    return candidate, negated
        return '', False

    def _about_unknown(self, names: Iterable[str]) -> str:
        """Return one line on flags that there are not: those with one answer stand together."""
        known = [*self.definitions, *self._aliases, 'help', 'helpfull', 'flagfile']
        known += ['no' + flag.name for flag in self.definitions.values() if flag.kind is bool]
        by_answer: dict[str, list[str]] = {}
        for name in names:
            close = difflib.get_close_matches(name, known, n=1)
            answer = self._retired.get(name) or self._retired.get(name.removeprefix('no')) or (
                f'did you mean --{close[0]}?' if close else '')
            by_answer.setdefault(answer, []).append(f'--{name}')
        said = [' '.join(group) + (f': {answer}' if answer else '')
                for answer, group in by_answer.items()]
        several = len([name for group in by_answer.values() for name in group]) > 1
        return f'unknown flag{"s" * several} ' + '; '.join(said)

    def _checked(self, values: dict[str, Any], defaults: dict[str, Any],
                 typed: tuple[str, ...]) -> Options:
        """Compare the values with their bounds and collect what to warn of."""
        values = {**values, **{name: _expanded(name, values[name]) for name in self._paths}}
        for name, flag in self.definitions.items():
            complaint = flag.complaint(values[name])
            if complaint:
                raise MisuseError(f'--{name}={values[name]}: {complaint}')
            if flag.check:
                try:
                    for value in values[name] if flag.kind is tuple else [values[name]]:
                        flag.check(value)
                except errors.UserError as e:
                    raise MisuseError(str(e)) from e
        warnings = tuple(f'--{name} has no effect: {substitute}'
                         for name, substitute in self._replaced.items()
                         if values[name] != self.definitions[name].default)
        given = tuple(name for name in self.definitions if values[name] != defaults[name])
        command = ' '.join(
            shlex.quote(each) for name in given if name not in self._secret
            for each in self.definitions[name].assignments(values[name]))
        return Options(values, warnings, self._flag_lines(values, typed), given, typed, command)

    def _flag_lines(self, values: dict[str, Any], typed: tuple[str, ...]) -> str:
        """Return all values as a text for `--flagfile`, under the headings of their groups."""
        silent = set(self._speaking) - set(typed)
        lines = []
        for group, flags in self._groups():
            lines.append(f'# {group}')
            lines += [each.replace('\n', ' ')  # a flag file cannot have a value of several lines
                      for flag in flags if values[flag.name] not in (None, ())
                      and flag.name not in self._secret | silent
                      for each in flag.assignments(values[flag.name])]
        return '\n'.join(lines) + '\n'

    def _groups(self) -> list[tuple[str, list[Flag]]]:
        grouped: dict[str, list[Flag]] = {}
        for flag in self.definitions.values():
            grouped.setdefault(flag.group, []).append(flag)
        return list(grouped.items())

    def help_text(self, full: bool = False) -> str:
        """Return the help: all flags in their groups, each with its default.

        Args:
            full: adds bounds, aliases, the flags that change nothing and those not available.
        """
        columns = min(100, shutil.get_terminal_size((100, 24)).columns)
        lines = [self.description, '', 'Flags with their defaults (--name=value or --name value; '
                 + '--name or --noname for booleans):']
        for group, flags in self._groups():
            lines += ['', group]
            for flag in flags:
                usage = f'--[no]{flag.name}'
                if flag.kind is not bool:
                    default = '' if flag.default in (None, ()) else str(flag.default)
                    usage = f'--{flag.name}={shlex.quote(default)}'
                sentence = flag.sentence + (' (default: yes)' if flag.default is True else '')
                sentence += f' ({flag.choice_text})' if flag.choices else ''
                if full:
                    sentence += self._small_print(flag)
                lines += _two_columns(usage, sentence, columns)
        if self._releases:
            lines += ['', f'What --{self._release} changes, where no flag says otherwise']
            for name in self._releases:
                lines += _two_columns(f'--{self._release}={name}', self._changes(name), columns)
        lines += ['', 'Help']
        lines += _two_columns('--help', 'this list', columns)
        lines += _two_columns('--helpfull', 'this list with bounds and aliases', columns)
        lines += _two_columns('--flagfile=FILE', 'read flags from a file, one per line', columns)
        return '\n'.join(lines)

    def _changes(self, release: str) -> str:
        """Return the flags whose defaults a release changes, as written, and what else it does."""
        chosen = self._releases[release]
        flags = [self.definitions[name].assignment(value)
                 for name, value in chosen.defaults.items()]
        return '; '.join(filter(None, [' '.join(flags), chosen.sentence]))

    def _small_print(self, flag: Flag) -> str:
        """Return bounds, alias and standing of a flag, for the long help and the documentation."""
        notes = [f'must be {flag.bounds}'] if flag.bounds and not flag.choices else []
        notes += [f'also --{flag.alias}'] if flag.alias else []
        notes += ['can be repeated'] if flag.kind is tuple else []
        notes += ['several with commas or blanks'] if flag.name in self._lists else []
        if flag.name in self._replaced:
            notes.append(f'has no effect: {self._replaced[flag.name]}')
        return f' [{"; ".join(notes)}]' if notes else ''

    def markdown(self) -> str:
        """Return the flags as Markdown tables, one per group, for the documentation."""
        lines = []
        for group, flags in self._groups():
            lines += [f'## {group}', '', '| flag | default | meaning |', '|---|---|---|']
            for flag in flags:
                choices = f' ({flag.choice_text})' if flag.choices else ''
                meaning = (flag.sentence + choices + self._small_print(flag)).replace('|', '\\|')
                lines.append(f'| `--{flag.name}` | {flag.default_text} | {meaning} |')
            lines.append('')
        if self._releases:
            lines += [f'## What --{self._release} changes', '', '| release | where no flag says '
                      'otherwise |', '|---|---|']
            lines += [f'| `{name}` | {self._changes(name)} |' for name in self._releases]
            lines.append('')
        return '\n'.join(lines)


def _expanded(name: str, paths: str) -> str:
    """Return the paths with the home folder for `~`, which shells leave in `--name=~/x`."""
    expanded = [os.path.expanduser(path) for path in paths.split(',')]
    for path in expanded:
        if path.startswith('~'):
            raise MisuseError(f'--{name}={path}: no such user; ./{path} is a folder of that name')
    return ','.join(expanded)


def _after_the_last_empty(values: list[str]) -> tuple[str, ...]:
    """Return the values that an empty one does not drop."""
    after = next((place for place in range(len(values), 0, -1) if not values[place - 1]), 0)
    return tuple(values[after:])


def _is_boolean(word: str) -> bool:
    return word.lower() in TRUE_WORDS + FALSE_WORDS


def _split_line(line: str) -> list[str]:
    """Split `--name value`, which is one argument if it was a line of a flag file."""
    match = re.fullmatch(r'(--?\w+)\s+(.*)', line)
    return list(match.groups()) if match else [line]


def _two_columns(usage: str, sentence: str, columns: int) -> list[str]:
    indent = 34
    text = textwrap.wrap(sentence, max(20, columns - indent), break_on_hyphens=False)
    head = f'  {usage}'
    if len(head) < indent:
        return [head.ljust(indent) + text[0]] + [' ' * indent + line for line in text[1:]]
    return [head] + [' ' * indent + line for line in text]
