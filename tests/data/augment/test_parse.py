"""What is written after --augment."""
import pytest

from util.data.augment.operations import DOMAINS, KINDS
from util.data.augment.parse import AugmentError, parse_operation, parse_operations
from util.data.augment.ranges import ValueRange

REQUIRED = {'overlay': 'source=x', 'impulse': 'source=x'}


def written(name):
    return f'{name}[{REQUIRED[name]}]' if name in REQUIRED else name


# The table of contract 2, section 10: defaults of all thirteen.
@pytest.mark.parametrize('name, domain, ranges', [
    ('overlay', 'sample', {'snr': (3.0, 3.0, 0.0), 'layers': (1, 1, 0)}),
    ('codec', 'sample', {'bitrate': (3200, 3200, 0)}),
    ('reverb', 'sample', {'delay': (20.0, 20.0, 0.0), 'decay': (10.0, 10.0, 0.0)}),
    ('resample', 'sample', {'rate': (8000, 8000, 0)}),
    ('volume', 'sample', {'dbfs': (3.0103, 3.0103, 0.0)}),
    ('impulse', 'sample', {}),
    ('pitch', 'spectrogram', {'pitch': (1.075, 1.075, 0.125)}),
    ('tempo', 'spectrogram', {'factor': (1.1, 1.1, 0.0), 'max_time': (-1.0, -1.0, 0.0)}),
    ('warp', 'spectrogram', {'nt': (1, 1, 0), 'nf': (1, 1, 0), 'wt': (0.1, 0.1, 0.0),
                             'wf': (0.0, 0.0, 0.0)}),
    ('frequency_mask', 'spectrogram', {'n': (3, 3, 0), 'size': (2, 2, 0)}),
    ('time_mask', 'spectrogram', {'n': (3, 3, 0), 'size': (10.0, 10.0, 0.0)}),
    ('dropout', 'spectrogram', {'rate': (0.05, 0.05, 0.0)}),
    ('add', 'features', {'stddev': (5.0, 5.0, 0.0)}),
    ('multiply', 'features', {'stddev': (5.0, 5.0, 0.0)})])
def test_defaults(name, domain, ranges):
    found = parse_operation(written(name))
    assert (found.name, found.domain, found.p, found.ranges) == (name, domain, 1.0, ranges)
    assert found.source == ('x' if name in REQUIRED else '')
    assert parse_operations([written(each) for each in KINDS])[-1].domain == 'features'


@pytest.mark.parametrize('name', KINDS)
def test_all_parameters_in_all_forms(name):
    for key, parameter in KINDS[name].parameters.items():
        if parameter.kind is str:
            continue
        low = max(parameter.low, 1 if parameter.kind is int else 0.5)
        low, high = parameter.kind(low), parameter.kind(min(low + 1, parameter.high))
        for text, expected in ((f'{low}', (low, low, 0)), (f'{low}~1', (low, low, 1)),
                               (f'{low}:{high}', (low, high, 0)),
                               (f'{low}:{high}~2', (low, high, 2))):
            for each in {key, parameter.alias or key}:
                blank = f'{name}[ p = 0.25 , {each} = {text} '
                blank += f', {REQUIRED[name]} ]' if name in REQUIRED else ']'
                found = parse_operation(blank)
                assert found.ranges[key] == ValueRange(*map(parameter.kind, expected))
                assert found.p == 0.25


@pytest.mark.parametrize('name', KINDS)
def test_domains(name):
    for domain in DOMAINS:
        text = written(name).rstrip(']')
        text += f'{"," if "[" in text else "["}domain={domain}]'
        if domain in KINDS[name].domains and len(KINDS[name].domains) > 1:
            assert parse_operation(text).domain == domain
        else:
            with pytest.raises(AugmentError):
                parse_operation(text)


@pytest.mark.parametrize('name', ['overlay', 'impulse'])
def test_a_source_in_the_home_folder(monkeypatch, name):
    """A shell leaves `~/` alone within a word."""
    monkeypatch.setenv('HOME', '/home/me')
    operation = parse_operation(f'{name}[source=~/noise,p=0.5]')
    assert (operation.source, operation.text) == ('/home/me/noise', f'{name}[source=~/noise,p=0.5]')
    assert parse_operation(f'{name}[source=a~/b]').source == 'a~/b'


def test_domains_come_in_order_and_inside_of_one_that_of_the_command_line():
    texts = ['add', 'warp', 'time_mask[domain=signal]', 'volume', 'pitch', 'reverb', 'multiply']
    assert [each.name for each in parse_operations(texts)] == [
        'volume', 'reverb', 'time_mask', 'warp', 'pitch', 'add', 'multiply']


@pytest.mark.parametrize('text, shown, said', [
    ('', '^', 'expected operation or'), ('rever', '^rever', "did you mean 'reverb'?"),
    ('reverb[', 'reverb[^', 'expected operation or'), ('reverb]', 'reverb^]', 'expected operation'),
    ('reverb[p=1', 'reverb[p=1^', 'expected operation'), ('reverb p=1', 'reverb ^p=1', 'expected'),
    ('reverb[p=1]x', 'reverb[p=1]x^', 'expected'), ('Reverb', '^Reverb', "did you mean 'reverb'?"),
    ('Time-Mask[n=1]', '^Time-Mask[n=1]', "did you mean 'time_mask'?"),
    ('gaps[n=1]', '^gaps[n=1]', "did you mean 'time_mask[domain=signal]'?"),
    ('reverb[p=2]', 'reverb[p=^2]', '2.0 is out of range: expected at least 0 and at most 1'),
    ('reverb[p=0.1:0.2]', 'reverb[p=^0.1:0.2]', 'p stays the same'),
    ('reverb[p=0.1~0.2]', 'reverb[p=^0.1~0.2]', 'p stays the same'),
    ('reverb[dely=1]', 'reverb[^dely=1]', "no 'dely': expected delay, decay or p"),
    ('reverb[delay=x]', 'reverb[delay=^x]', "'x' is not a number: expected v, v~r, a:b or a:b~r"),
    ('reverb[decay=1, delay=1:x]', 'reverb[decay=1, delay=1:^x]', "'x' is not a number"),
    ('reverb[delay=1:2:3]', 'reverb[delay=1:2^:3]', "a second ':'"),
    ('reverb[delay=1~2~3]', 'reverb[delay=1~2^~3]', "a second '~'"),
    ('reverb[delay=5:-1]', 'reverb[delay=5:^-1]', '-1.0 is out of range: expected at least 0'),
    ('reverb[delay=]', 'reverb[delay=^]', "'delay' has no value"),
    ('reverb[delay]', 'reverb[^delay]', 'expected key=value'),
    ('reverb[p=1,,delay=1]', 'reverb[p=1,^,delay=1]', 'expected key=value'),
    ('reverb[p=1=2]', 'reverb[p=1^=2]', "a second '='"),
    ('reverb[p=1,p=1]', 'reverb[p=1,^p=1]', "a second 'p'"),
    ('warp[nt=1,num_t=1]', 'warp[nt=1,^num_t=1]', "a second 'num_t'"),
    ('codec[bitrate=3.2]', 'codec[bitrate=^3.2]', "'3.2' is not a whole number"),
    ('overlay', 'overlay^', 'overlay needs source=PATH'),
    ('impulse[p=0.5]', 'impulse[p=0.5]^', 'impulse needs source=PATH'),
    ('time_mask[domain=sample]', 'time_mask[domain=^sample]',
     "no domain 'sample': expected features, signal, spectrogram"),
    ('pitch[domain=signal]', 'pitch[^domain=signal]', "pitch has no 'domain'")])
def test_a_mistake_is_one_line_with_its_place(text, shown, said):
    with pytest.raises(AugmentError) as failure:
        parse_operation(text)
    line = str(failure.value)
    assert line.startswith(f"--augment '{shown}': ") and said in line and '\n' not in line
