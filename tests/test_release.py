"""The releases whose command lines mean here what they meant there: one table, and its reach."""

import re
import string

import pytest

from DeepSpeech import flag
from tests.helpers.sources import flags
from util.release import OURS, RELEASES, VARIABLE, Wording
from util.settings import Settings
from util.unused import NEEDS

TRAIN = ['--train_files', 't.csv', '--dev_files', 'd.csv', '--checkpoint_dir', '/ck']
# What each line of 0.9.3 that scripts read says of example values
SAID_BY_0_9_3 = {
    'trained': 'Finished training epoch 3 - loss: 1.250000',
    'validated': 'Finished validating epoch 3 on a.csv - loss: 1.250000',
    'metrics': 'Metrics for epoch 3 on a.csv - loss: 1.250000',
    'best': 'Saved new best validating model with loss 1.250000 to: /ck/x-1',
    'finished': 'FINISHED optimization in 0:00:07',
    'resumed': 'Loading most recent checkpoint from /ck/x-1',
    'loaded': 'Loading most recent checkpoint from /ck/x-1',
    'exported': 'Models exported at /tmp/train',
}
EXAMPLES = {'epoch': 3, 'loss': 1.25, 'source': 'a.csv', 'path': '/ck/x-1', 'time': '0:00:07',
            'which': 'most recent', 'folder': '/tmp/train', 'wer': 0.5, 'cer': 0.25, 'step': 9,
            'pace': '1 s'}


def parse(*arguments):
    return flag.parse(['DeepSpeech.py', *map(str, arguments)])


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


def ask(monkeypatch, way):
    """Ask for 0.9.3 by the flag or by the variable; return the arguments."""
    if way == 'variable':
        monkeypatch.setenv(VARIABLE, '0.9.3')
    return ['--release', '0.9.3'] if way == 'flag' else []


def other(name):
    """Return a value of a flag that is neither ours nor that of a release."""
    return {bool: None, int: 7, float: 0.5, str: 'x'}[flag.definitions[name].kind]


def test_the_table_names_flags_and_values_that_these_take():
    assert set(RELEASES) == {'0.9.3'} == set(flag.definitions['release'].choices)
    for release in RELEASES.values():
        for name, value in release.defaults.items():
            definition = flag.definitions[name]
            assert type(value) is definition.kind and not definition.complaint(value), name
            assert value != flags()[name], f'{name} is no change'


@pytest.mark.parametrize('way', ['flag', 'variable'])
@pytest.mark.parametrize('name', RELEASES['0.9.3'].defaults)
def test_each_default_changes_and_gives_way_to_the_flag(monkeypatch, way, name):
    given, theirs = ask(monkeypatch, way), RELEASES['0.9.3'].defaults[name]
    options = parse(*given)
    assert getattr(options, name) == theirs and name not in options.given
    assert options.release == '0.9.3'
    kind = flag.definitions[name].kind
    for value in ([True, False] if kind is bool else [theirs, flags()[name], other(name)]):
        written = flag.definitions[name].assignment(value)
        for line in ([written, *given], [*given, written]):
            options = parse(*line)
            assert getattr(options, name) == value
            assert (name in options.given) == (value != theirs)


@pytest.mark.parametrize('way', ['flag', 'variable'])
def test_nothing_else_changes(monkeypatch, way):
    changed = vars(parse(*ask(monkeypatch, way)))
    before = {**flags(), **RELEASES['0.9.3'].defaults, 'release': '0.9.3'}
    for name, value in before.items():
        assert changed[name] == value, name


def test_an_empty_flag_beats_the_variable(monkeypatch):
    monkeypatch.setenv(VARIABLE, '0.9.3')
    assert parse('--release=').bidirectional and not parse('--release=').release
    monkeypatch.setenv(VARIABLE, '')
    assert parse().bidirectional


@pytest.mark.parametrize('wrong', ['0.9.2', 'v0.9.3', '0.9', '1.4.0', 'x'])
@pytest.mark.parametrize('way', ['flag', 'variable'])
def test_another_release_is_one_line(monkeypatch, capsys, way, wrong):
    if way == 'variable':
        monkeypatch.setenv(VARIABLE, wrong)
    with pytest.raises(SystemExit) as ended:
        parse(*['--release', wrong] * (way == 'flag'))
    name = VARIABLE if way == 'variable' else '--release'
    assert ended.value.code == 2
    assert capsys.readouterr().err == f'E {name}={wrong}: expected 0.9.3\n'


@pytest.mark.parametrize('way', ['flag', 'variable'])
@pytest.mark.parametrize('given', [[], ['--epochs', 4], ['--epoch', 9], ['--report_count', 2],
                                   ['--bidirectional', '--early_stop']])
def test_flag_file_says_it_all(monkeypatch, tmp_path, way, given):
    """Replayed where the variable is not set, with or without it, it gives the same options."""
    options = parse(*ask(monkeypatch, way), *given)
    lines = options.flag_lines.splitlines()
    assert '--release=0.9.3' in lines
    for name in set(RELEASES['0.9.3'].defaults) - {'epochs'}:
        assert flag.definitions[name].assignment(getattr(options, name)) in lines
    path = tmp_path / 'flags.txt'
    path.write_text(options.flag_lines)
    assert vars(parse(f'--flagfile={path}')) == vars(options)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert vars(parse(f'--flagfile={path}')) == vars(options)


def test_help_and_documentation_show_the_table():
    for text in (flag.help_text(), flag.markdown()):
        words = ' '.join(text.split())
        assert 'What --release changes' in words and VARIABLE in words
        for name, value in RELEASES['0.9.3'].defaults.items():
            assert flag.definitions[name].assignment(value) in words.rpartition('What --rel')[2]
        assert RELEASES['0.9.3'].sentence in words


def test_what_follows_from_the_release(capsys):
    found = Settings.of(parse('--release', '0.9.3', *TRAIN, '--test_files', 'e.csv,f.csv'))
    assert not found.geometry.bidirectional and found.features.kind == '0.9.3'
    assert found.learning.stddev == {name: None if name[0] == 'h' else 0.0
                                     for name in found.learning.stddev}
    assert found.learning.forget_bias == 0.0 and found.learning.as_one_kernel
    assert found.seed == 4568 and found.report.count == 5
    assert not found.course.stop.enabled and found.course.validation_step == 1
    assert found.tests == {'test on e.csv': 'e.csv', 'test on f.csv': 'f.csv'}
    assert found.load.best_first and found.wording == RELEASES['0.9.3'].wording
    assert capsys.readouterr().out == ''
    ours = Settings.of(parse(*TRAIN))
    assert ours.wording == OURS.wording == Wording() and not ours.load.best_first
    assert ours.learning.forget_bias == 1.0 and not ours.learning.as_one_kernel


@pytest.mark.parametrize('need', NEEDS, ids=lambda need: f'{need.what}, {need.flags[0]}')
def test_no_advice_takes_a_default_for_granted(need):
    """To omit a flag helps only where no release has it as its default."""
    for release in RELEASES.values():
        for name, value in release.defaults.items():
            assert f'omit {flag.definitions[name].assignment(value)}' not in need.advice
            assert f'omit --{name}' not in need.advice


def test_early_stopping_by_the_rule_of_0_9_3():
    stop = Settings.of(parse('--release', '0.9.3', '--early_stop', *TRAIN)).course.stop
    assert stop.enabled and (stop.epochs, stop.min_delta) == (25, 0.05) and not stop.as_2017


@pytest.mark.parametrize('name', SAID_BY_0_9_3)
def test_lines_of_0_9_3(name):
    assert getattr(RELEASES['0.9.3'].wording, name).format(**EXAMPLES) == SAID_BY_0_9_3[name]


def test_all_lines_are_compared():
    assert set(vars(OURS.wording)) == set(SAID_BY_0_9_3)


@pytest.mark.parametrize('name', SAID_BY_0_9_3)
def test_our_lines_are_those_of_2017(name):
    """And tell nothing that the others cannot be told."""
    ours = getattr(OURS.wording, name)
    fields = {field for _, field, *_ in string.Formatter().parse(ours) if field}
    assert fields <= set(EXAMPLES)
    of_2017 = {'trained': r'Training of Epoch 3 - loss: 1\.250000 ',
               'validated': r'Validation of Epoch 3 - loss: 1\.250000, WER',
               'finished': 'FINISHED Optimization - training time: 0:00:07$', 'best': '$',
               'exported': '$', 'metrics': 'Metrics on a.csv of Epoch 3 - loss: 1',
               'resumed': "Resuming from '/ck/x-1': epoch 3, step 9$",
               'loaded': "Loaded '/ck/x-1'$"}
    assert re.match(of_2017[name], ours.format(**EXAMPLES))


# The flags of 0.9.3 that change nothing here: what replaces them is said, the run goes on.
@pytest.mark.parametrize('given, said', [
    ('--train_cudnn', 'cuDNN is used wherever there is a GPU'),
    ('--load_cudnn', 'bin/import_checkpoint.py takes over those of 0.9.3, also from cuDNN'),
    ('--read_buffer=4MB', 'each sample is read in one piece'),
    ('--export_batch_size=4', 'an exported graph takes one utterance at a time'),
    ('--n_trials=3', 'it is a flag of lm_optimizer.py'),
    ('--lm_alpha_max=2', 'it is a flag of lm_optimizer.py'),
    ('--lm_beta_max=2', 'it is a flag of lm_optimizer.py')])
def test_flags_that_something_replaces(given, said, capsys):
    Settings.of(parse(*TRAIN, '--noearly_stop', given))
    name = given.partition('=')[0]
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith('W')]
    assert len(lines) == 1 and lines[0].startswith(f'W {name} has no effect: ') and said in lines[0]


@pytest.mark.parametrize('given', ['--notrain_cudnn', '--noload_cudnn', '--read_buffer=1MB',
                                   '--export_batch_size=1', '--n_trials=2400', '--lm_alpha_max=5',
                                   '--lm_beta_max=5'])
def test_nothing_is_said_of_their_defaults(given, capsys):
    Settings.of(parse(*TRAIN, '--noearly_stop', given))
    assert 'has no effect' not in capsys.readouterr().out


@pytest.mark.parametrize('size', ['', 'big', '1X', '-1MB', '1.5MB', 'MB', '1MBB'])
def test_a_buffer_is_a_number_of_bytes(size, capsys):
    for good in ('4096', '1B', '1K', '2kb', '3M', '1MB', '1G', '2TB', '1 MB'):
        parse(f'--read_buffer={good}')
    with pytest.raises(SystemExit) as ended:
        parse(f'--read_buffer={size}')
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f'E --read_buffer={size}: expected a number of bytes')


@pytest.mark.parametrize('given, secs', [
    (['--release', '0.9.3'], 0), (['--release', '0.9.3', '--summary_dir', 'x'], 10),
    (['--release', '0.9.3', '--summary_dir', 'x', '--summary_secs', 5], 5),
    (['--summary_dir', 'x'], 0)])
def test_a_folder_for_summaries_asks_for_them(capsys, given, secs):
    assert Settings.of(parse(*TRAIN, '--noearly_stop', *given)).summaries.secs == secs
    lacking = '--summary_dir' in given and not secs
    assert ('--summary_dir needs summaries' in capsys.readouterr().out) == lacking
