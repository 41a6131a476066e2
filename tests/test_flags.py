"""The command line: forms of a flag, bounds, answers to misuse, help, flag files."""
import importlib
import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

from util.answered import ANSWERED, RETIRED
from util.data.augment.parse import parse_operation
from util.errors import UserError
from util.flags import Flags

ROOT = pathlib.Path(__file__).resolve().parents[1]

# The contract's table of June 2017, name and default; the ten deviations come on top.
TABLE_OF_2017 = """
train_files='' dev_files='' test_files='' fulltrace=False ps_hosts='' worker_hosts=''
job_name='localhost' task_index=0 replicas=-1 replicas_to_agg=-1 coord_retries=100
coord_host='localhost' coord_port=2500 iters_per_worker=1 train=True test=True epoch=75
use_warpctc=False dropout_rate=0.05 dropout_rate2=-1.0 dropout_rate3=-1.0 dropout_rate4=0.0
dropout_rate5=0.0 dropout_rate6=-1.0 relu_clip=20.0 beta1=0.9 beta2=0.999 epsilon=1e-8
learning_rate=0.001 train_batch_size=1 dev_batch_size=1 test_batch_size=1 limit_train=0
limit_dev=0 limit_test=0 display_step=0 validation_step=0 checkpoint_dir='' checkpoint_secs=600
max_to_keep=5 export_dir='' export_version=1 remove_export=False log_level=1 log_traffic=False
wer_log_pattern='' log_placement=False report_count=10 summary_dir='' summary_secs=0 n_hidden=2048
random_seed=4567 default_stddev=0.046875 early_stop=True earlystop_nsteps=4 estop_mean_thresh=0.5
estop_std_thresh=0.5 b1_stddev=None h1_stddev=None b2_stddev=None h2_stddev=None b3_stddev=None
h3_stddev=None b5_stddev=None h5_stddev=None b6_stddev=None h6_stddev=None
"""


def no_vowels(text):
    if set(text) & set('aeiou'):
        raise UserError(f'{text} has a vowel')


def small_flags():
    """Return a command line with one flag of every kind."""
    flag = Flags('A program.')
    flag.group('First')
    flag('files', '', '', 'some files')
    flag('train', True, '', 'train or not')
    flag('epoch', 75, '', 'target epoch', 'epochs')
    flag.group('Second')
    flag('rate', 0.5, '>= 0, < 1', 'a rate')
    flag('width', -1, '>= 1', 'a width whose default lies outside its bounds')
    flag('stddev', None, '> 0', 'a number that need not be set')
    flag('kind', '', 'left|right', 'a side')
    flag('old', False, '', 'an old switch')
    flag('change', (), '', 'changes', check=no_vowels)
    flag.replaced('old', 'the new one does it')
    flag.retired({'thud grunt': 'pass --epoch'})
    flag.paths('files')
    flag.lists('files')
    flag.choose_by_being_given('rate', 'width')
    return flag


def parse(*arguments):
    return small_flags().parse(['program.py', *arguments])


def run(*arguments, **kwargs):
    return subprocess.run([sys.executable, str(ROOT / 'DeepSpeech.py'), *arguments],
                          check=False, capture_output=True, text=True, timeout=60, **kwargs)


def misuse(capsys, *arguments):
    """Return the one line that answers a wrong command line."""
    with pytest.raises(SystemExit) as exit_info:
        parse(*arguments)
    assert exit_info.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ''
    assert captured.err.count('\n') == 1
    return captured.err.strip()


@pytest.mark.parametrize('arguments, expected', [
    ([], True), (['--train'], True), (['--notrain'], False), (['--train=false'], False),
    (['--train=False'], False), (['--train', 'False'], False), (['--train', 'true'], True),
    (['--train', '0'], False), (['--notrain', '--train'], True), (['-notrain'], False)])
def test_forms_of_a_boolean(arguments, expected):
    assert parse(*arguments, '--epoch', '3').train is expected


def test_forms_of_a_value():
    options = parse('--files', 'a.csv,b c.csv', '--rate=0.25', '--width', '8', '--stddev', '1e-2')
    assert (options.files, options.rate, options.width) == ('a.csv,b c.csv', 0.25, 8)
    assert options.stddev == 0.01
    assert parse('--files=x=y').files == 'x=y'
    assert parse('--epoch', '-5').epoch == -5
    assert parse('--epochs', '7').epoch == 7
    assert parse('--epochs=7', '--epoch=8').epoch == 8
    assert parse().stddev is None


@pytest.mark.parametrize('arguments, answer', [
    (['--epcoh', '5'], 'unknown flag --epcoh: did you mean --epoch?'),
    (['--epcoh', '-5', '--xyzzy', 'a', 'b', '--train', '--epcoh=6'],
     'unknown flags --epcoh: did you mean --epoch?; --xyzzy'),
    (['--thud', '1', '--nogrunt', '--kine', 'x'],
     'unknown flags --thud --nogrunt: pass --epoch; --kine: did you mean --kind?'),
    (['--notrian'], 'unknown flag --notrian: did you mean --notrain?'),
    (['--epoch', '5', 'more'], "'more' is not a flag"),
    (['--train', 'False', 'x'], "'x' is not a flag"),
    (['--', '--epoch'], "'--' is not a flag"),
    (['--epoch'], '--epoch needs a value'),
    (['--files', '--train'], '--files needs a value'),
    (['--epoch', 'five'], '--epoch=five: expected a whole number'),
    (['--epoch', '2.5'], '--epoch=2.5: expected a whole number'),
    (['--rate', 'fast'], '--rate=fast: expected a number'),
    (['--rate', '1'], '--rate=1.0: expected >= 0, < 1'),
    (['--rate=-0.1'], '--rate=-0.1: expected >= 0, < 1'),
    (['--rate=nan'], 'expected a finite number'),
    (['--stddev=inf'], 'expected a finite number'),
    (['--width', '0'], '--width=0: expected >= 1'),
    (['--kind', 'middle'], '--kind=middle: expected left or right'),
    (['--train=maybe'], '--train=maybe: expected true or false'),
    (['--notrain=1'], 'expected --notrain or --train=1'),
    (['--train', 'maybe'], '--train=maybe: expected true or false'),
    (['--train', 'a.csv', '--files', 'b.csv'], '--train=a.csv: expected true or false'),
    (['--notrain', 'true'], '--notrain: expected --notrain or --train=true'),
    (['--files', 'a.csv', 'b.csv', '--epoch', '5', 'c.csv'], "'c.csv' is not a flag"),
    (['--noepoch'], 'unknown flag --noepoch'),
    (['--change'], '--change needs a value'),
    (['--change', 'xyz', 'ex', '--epoch', '3'], 'E ex has a vowel'),
    (['--flagfile', 'no-such-file'], "no-such-file"),
])
def test_misuse_is_one_line_and_status_2(capsys, arguments, answer):
    assert answer in misuse(capsys, *arguments)


@pytest.mark.parametrize('arguments, files', [
    (['--files', 'a', 'b'], 'a,b'), (['--files=a', 'b', 'c,d', '--notrain'], 'a,b,c,d'),
    (['--files', 'a', 'b', '--files', 'c'], 'c'), (['--files', '', '--train'], ''),
    (['--train', 'true', '--files', 'a', '~/b'], f"a,{os.path.expanduser('~/b')}"),
    (['--files', 'a b', 'c', '--train', 'false'], 'a b,c')])
def test_lists_by_blanks(arguments, files, tmp_path):
    options = parse(*arguments)
    assert options.files == files
    path = tmp_path / 'flags.txt'
    path.write_text(options.flag_lines)
    assert parse(f'--flagfile={path}').files == files
    assert parse(*arguments, '--epoch', '3').epoch == 3


def test_options_cannot_be_written_and_name_what_is_missing():
    options = parse()
    with pytest.raises(AttributeError, match='--epoch is set on the command line'):
        options.epoch = 5
    with pytest.raises(AttributeError, match='there is no flag --speed'):
        _ = options.speed


def test_replaced_flag_warns_once_and_only_when_used():
    assert parse('--noold').warnings == ()
    assert parse('--old').warnings == ('--old has no effect: the new one does it',)


def test_flag_lines_replay_the_run(tmp_path):
    options = parse('--files=a b.csv', '--notrain', '--rate', '0.125', '--width', '3')
    path = tmp_path / 'flags.txt'
    path.write_text(options.flag_lines)
    again = parse(f'--flagfile={path}')
    assert vars(again) == vars(options)
    assert parse('--flagfile', str(path), '--width=4').width == 4


@pytest.mark.parametrize('text', ['one\ntwo', '# A card\n\nIntended use: none.', '\n', "it's\nso",
                                  'a\n--train'])
def test_values_of_several_lines(tmp_path, text):
    """The command has them as they are, a flag file on one line: it knows no others."""
    options = parse('--files', text, '--notrain')
    assert shlex.split(options.command) == [f'--files={text}', '--notrain']
    path = tmp_path / 'flags.txt'
    path.write_text(options.flag_lines)
    again = parse(f'--flagfile={path}')
    assert again.files.strip() == text.replace('\n', ' ').strip() and not again.train


def test_what_replays_a_run_holds_no_secret():
    flag = small_flags()
    flag.secret('files')
    options = flag.parse(['program', '--files=hidden', '--epoch', '3'])
    assert options.files == 'hidden' and options.given == ('files', 'epoch')
    assert 'hidden' not in options.flag_lines and 'files' not in options.flag_lines
    assert '--epoch=3' in options.flag_lines
    import DeepSpeech
    secret = DeepSpeech.flag.parse(['x', '--cluster_token', 'hidden'])
    assert secret.cluster_token == 'hidden' and 'token' not in secret.flag_lines


@pytest.mark.parametrize('arguments, values', [
    ([], ()), (['--change', 'x'], ('x',)),
    (['--change=x', '--change', 'y[z=1,b=2]'], ('x', 'y[z=1,b=2]')),
    (['--change', 'x', 'y z', '--epoch', '3', '--change=q'], ('x', 'y z', 'q')),
    (['--change', 'x', '--change=', '--change', 'y'], ('y',)), (['--change='], ())])
def test_a_flag_that_can_be_repeated(arguments, values, tmp_path):
    options = parse(*arguments)
    assert options.change == values and ('change' in options.given) == bool(values)
    path = tmp_path / 'flags.txt'
    path.write_text(options.flag_lines)
    assert options.flag_lines.count('--change=') == len(values)
    assert parse(f'--flagfile={path}').change == values
    assert parse(f'--flagfile={path}', '--change', 'w').change == (*values, 'w')


def test_flag_file_written_by_hand(tmp_path):
    path = tmp_path / 'flags.txt'
    path.write_text('# a comment\n\n--epoch 5\n--train False\n--files a b.csv\n')
    options = parse(f'--flagfile={path}')
    assert (options.epoch, options.train, options.files) == (5, False, 'a b.csv')


def test_help_is_grouped_and_ours_only(capsys):
    for argument in ('--help', '-h', '--helpfull'):
        with pytest.raises(SystemExit) as exit_info:
            parse('--epoch', '5', argument)
        assert exit_info.value.code == 0
        text = capsys.readouterr().out
        assert re.search(r'First\n  --files=.*\n  --\[no\]train.*\n  --epoch=75.*\n\nSecond', text)
        assert 'alsologtostderr' not in text
        assert ('also --epochs' in text) == (argument == '--helpfull')


def test_markdown_has_a_table_for_each_group():
    text = small_flags().markdown()
    assert '## First' in text and '## Second' in text
    assert '| `--rate` | `0.5` | a rate [must be >= 0, < 1] |' in text
    assert text.count('|---|---|---|') == 2


def test_program_has_the_flags_of_2017_with_their_defaults():
    source = (ROOT / 'DeepSpeech.py').read_text()
    block, end_found, _ = source.partition('\nOPTIONS = ')
    assert end_found
    space = {'__name__': 'DeepSpeech'}
    exec(compile(block, 'DeepSpeech.py', 'exec'), space)
    defaults = {name: entry.default for name, entry in space['flag'].definitions.items()}
    flags_of_2017 = TABLE_OF_2017.split()
    assert len(flags_of_2017) == 67
    for line in flags_of_2017:
        name, _, default = line.partition('=')
        assert name in defaults, name
        assert defaults[name] == eval(default), name
        assert type(defaults[name]) is type(eval(default)), name


def test_program_answers_help_at_once_and_without_tensorflow(tmp_path):
    """What takes time is what is imported: a count is the same on each machine, seconds are not."""
    for name in ('tensorflow', 'numpy'):
        (tmp_path / f'{name}.py').write_text(f'raise SystemExit("{name} was imported")')
    result = run('--help', env={'PYTHONPATH': str(tmp_path), 'PATH': '/usr/bin:/bin',
                                'PYTHONPROFILEIMPORTTIME': '1'})
    assert result.returncode == 0, result.stderr
    assert '--train_files' in result.stdout
    imported = [line for line in result.stderr.splitlines() if line.startswith('import time:')]
    assert 50 < len(imported) < 300


def test_missing_csvs_are_answered_without_tensorflow(tmp_path):
    (tmp_path / 'tensorflow.py').write_text('raise SystemExit("tensorflow was imported")')
    env = {'PYTHONPATH': str(tmp_path), 'PATH': '/usr/bin:/bin'}
    result = run('--train_files', 'none.csv', env=env)
    assert (result.returncode, result.stderr) == (1, '')
    assert result.stdout == 'E none.csv: the CSV cannot be read (No such file or directory)\n'
    assert 'was imported' in run('--train_files', 'none.csv', '--notrain', env=env).stderr


def test_program_refuses_what_it_does_not_know():
    result = run('--lerning_rate', '0.1')
    assert (result.returncode, result.stdout) == (2, '')
    assert 'did you mean --learning_rate?' in result.stderr
    result = run('--augment', 'volume', '--augment', 'reverb[dely=3]')
    assert (result.returncode, result.stdout) == (2, '')
    assert result.stderr == ("E --augment 'reverb[^dely=3]': reverb has no 'dely': expected delay, "
                             'decay or p\n')


def test_choices_are_listed_as_in_a_sentence():
    flag = Flags('x')
    flag('order', 'up', 'up|down|left', 'where to')
    assert flag.definitions['order'].complaint('x') == 'expected up, down or left'
    assert 'where to (up, down or left)' in flag.help_text()


@pytest.mark.parametrize('given, becomes', [
    ('~/a.csv', 'HOME/a.csv'), ('~', 'HOME'), ('~/a,b,~/c d', 'HOME/a,b,HOME/c d'),
    ('./~/a', './~/a'), ('a~', 'a~'), ('', '')])
def test_the_home_folder(monkeypatch, given, becomes):
    monkeypatch.setenv('HOME', '/home/me')
    for form in ([f'--files={given}'], ['--files', given]):
        assert parse(*form).files == becomes.replace('HOME', '/home/me')


def test_the_home_folder_of_nobody(capsys):
    answer = misuse(capsys, '--files=a,~no-such-user/x')
    assert answer == ('E --files=~no-such-user/x: no such user; ./~no-such-user/x is a folder of '
                      'that name')


def test_what_is_named_instead_of_a_retired_flag_is_there():
    flag = importlib.import_module('DeepSpeech').flag
    for names, answer in RETIRED.items():
        assert not set(names.split()) & {*flag.definitions, *flag._aliases}
        for instead in re.findall(r'--(\w+)', answer):
            assert instead in flag.definitions or instead in flag._aliases
        for text in re.findall(r"'(.*?)'", answer):
            parse_operation(text.replace('...', '1'))


NO_PATHS = {'ps_hosts', 'worker_hosts', 'coord_host', 'wer_log_pattern', 'export_file_name',
            'export_language', 'export_author_id', 'export_model_name', 'export_model_version',
            'export_contact_info', 'export_license', 'export_description', 'metric',
            'cluster_token', 'export_min_ds_version', 'export_max_ds_version',
            *(each.name for each in ANSWERED)}


@pytest.mark.parametrize('program', ['DeepSpeech', 'lm_optimizer'])
def test_every_flag_that_takes_a_path_knows_the_home_folder(program):
    flag = importlib.import_module(program).flag
    texts = [name for name, each in flag.definitions.items()
             if each.kind is str and not each.choices and name not in NO_PATHS]
    for name in texts:
        value = getattr(flag.parse(['x', f'--{name}=~/x']), name)
        assert value == os.path.expanduser('~/x'), name
    assert len(texts) >= 6


def test_what_is_said_by_being_given(tmp_path):
    """With the default value or another, in any form; and a flag file that was not given it."""
    assert parse().typed == parse('--epoch', '3', '--notrain').typed == ()
    assert parse('--rate', '0.5').typed == parse('--rate=0.5').typed == ('rate',)
    assert parse('--width', '7', '--rate=0.25').typed == ('rate', 'width')
    path = tmp_path / 'flags.txt'
    for arguments in ([], ['--rate', '0.5'], ['--width', '7']):
        path.write_text(parse(*arguments, '--epoch=3').flag_lines)
        assert vars(parse(f'--flagfile={path}')) == vars(parse(*arguments, '--epoch=3'))


def test_given_are_the_flags_that_are_not_the_default():
    flag = Flags('x')
    flag('rate', 0.5, '', 'r')
    flag('name', '', '', 'n', 'alias')
    flag('quick', True, '', 'q')
    assert flag.parse(['x', '--rate', '0.50', '--quick']).given == ()
    given = flag.parse(['x', '--noquick', '--alias=y', '--rate=1']).given
    assert given == ('rate', 'name', 'quick')
