"""What the launcher of a cluster is asked for, and every way to ask wrongly."""
import itertools
import os
import subprocess
import sys

import pytest

from tests.helpers.places import ROOT
from util.cluster import launcher
from util.cluster.request import SPAN, Request

SCRIPT = os.path.join(ROOT, 'bin', 'run-cluster.sh')
NUMBERS = ['', ' ', '-1', '+1', '1.5', '1e0', '0x1', 'a', '١', '²', '1 ', '\t1', '1\n', '1,',
           '9' * 10, '9' * 5000, '\0', '\udcff', '$(id)', '1000000']
SHAPES = ['', ' ', ':', '::', ':::', '1', '1:', '1:2', '1:2:', ':2:0', '1:2:0:', '1:2:0:0', '1;2;0',
          '1-2-0', '1.2.0', '1/2/0', '1:2:0,', '1：2：0', '0:0:0', '1:0:0', '501:1:0', '0:1001:0',
          '1:2:65', 'p:w:g', '-1:2:0', '--1:2:0', '-', '--', '1:2:0 --epoch', '1:2:0\n', '\n1:2:0']
WRONG = SHAPES + [':'.join(template) for place, number in itertools.product(range(3), NUMBERS)
                  for template in [[*'120'[:place], number, *'120'[place + 1:]]]]
WORDS_OF_A_SCRIPT = {'1', '-', '--', '1;2;0', '1-2-0', '1.2.0', '1/2/0', '1：2：0'}


def refused(arguments, capsys):
    """Return the one line of a misuse."""
    assert launcher.main(arguments) == 2, arguments
    said = capsys.readouterr()
    assert said.err.count('\n') == 1 and said.err.startswith('E ') and not said.out
    assert len(said.err) < 250 and said.err.endswith('; see --help\n')
    return said.err


@pytest.mark.parametrize('template', WRONG, ids=lambda word: ascii(word[:20]))
def test_every_wrong_template_is_one_line(template, capsys, tmp_path):
    assert 'expected p:w:g' in refused([template, '--train_files', 'x'], capsys)
    script = tmp_path / 'script.sh'
    script.touch()
    odd = any(letter not in ':+-. \t\n' and not letter.isalnum() and letter != '_'
              for letter in template)
    if template not in WORDS_OF_A_SCRIPT and not odd:
        assert 'expected p:w:g' in refused(['--script', str(script), template], capsys)


def test_a_wrong_template_from_the_shell():
    environment = {**os.environ, 'PATH': os.path.dirname(sys.executable) + ':' + os.environ['PATH']}
    for template in (b'', b'1:2', b'-1:2:0', b'1:2:0\n', b'1:\xff:0'):
        result = subprocess.run([SCRIPT, template, '--epoch', '1'], capture_output=True, text=True,
                                check=False, env=environment)
        assert (result.returncode, result.stdout) == (2, ''), template
        assert result.stderr.count('\n') == 1 and 'expected p:w:g' in result.stderr


def test_other_misuse_is_one_line_too(capsys, tmp_path):
    for arguments, complaint in (
            (['--script', 'nothing.sh'], "'nothing.sh': there is no such file"),
            (['--script', 'a\nb'], "'a\\nb': there is no such file"),
            (['--script'], '--script needs the name of a script'),
            (['1:2:0', '0:2:0'], "'0:2:0': expected flags after 1:2:0"),
            (['1:2:0', 'train.csv'], "'train.csv': expected flags after 1:2:0"),
            *((['1:2:0', '--port_base', base], f'--port_base {base!r}: expected a port from 1')
              for base in ('', 'x', '0', '-1', '63537', '70000', '1.5', '٤٠٠٠', '--epoch')),
            (['--coord_port', '3001'], '--coord_port 3001: the coordinator would have the port of '
             'worker 1'),
            (['--coord_port=1999'], '--coord_port 1999: chief 0 would have the port of ps 0'),
            (['--port_base='], "--port_base '': expected a port from 1 to 63536, such as 4000"),
            (['1:2:0', '--port_base'], "--port_base ''")):
        assert complaint in refused(arguments, capsys)


def test_help(capsys):
    for arguments in (['--help'], ['-h'], ['1:2:0', '--help'], ['--script', __file__, '--help']):
        assert launcher.main(arguments) == 0
        assert '[p:w:g] <arg>*' in capsys.readouterr().out


def test_what_is_asked_for():
    plain = Request.of([])
    assert (plain.ps, plain.workers, plain.gpus, plain.arguments) == (1, 2, 0, ())
    assert plain.hosts == (['localhost:2000'], ['localhost:3000', 'localhost:3001'])
    assert plain.coordinator_port == 2500
    assert plain.flags == ['--ps_hosts', 'localhost:2000', '--worker_hosts',
                           'localhost:3000,localhost:3001']
    for order in (['--script', __file__, '2:3:4', '--epoch', '1'],
                  ['2:3:4', '--script', __file__, '--epoch', '1']):
        given = Request.of(order)
        assert (given.ps, given.workers, given.gpus) == (2, 3, 4)
        assert given.script == __file__ and given.arguments == ('--epoch', '1')
    assert Request.of(['--script', __file__, 'a', 'b:c']).arguments == ('a', 'b:c')
    assert Request.of(['-epoch=1']).arguments == ('-epoch=1',)


@pytest.mark.parametrize('base', [1, 2000, 4000, 65536 - SPAN])
def test_all_ports_move_together(base):
    for words in (['--port_base', str(base), '500:1000:0'], ['500:1000:0', f'--port_base={base}'],
                  ['500:1000:0', '--epoch', '1', '--port_base', str(base)]):
        moved = Request.of(words)
        ports = [int(host.rsplit(':', 1)[1]) for hosts in moved.hosts for host in hosts]
        ports += [moved.coordinator_port, moved.coordinator_port + 1]
        assert len(set(ports)) == 1502 and base == min(ports) and max(ports) < base + SPAN
        assert '--port_base' not in ' '.join(moved.arguments)
        assert (base == 2000) != ('--coord_port' in moved.flags)


def test_a_coordinator_of_ones_own_choice():
    for words in (['--coord_port', '2600'], ['--coord_port=2600'], ['-coord_port', '2600'],
                  ['--coord_port=1', '--coord_port', '2600']):
        for base in ([], ['--port_base', '4000']):
            chosen = Request.of([*base, *words])
            assert chosen.coordinator_port == 2600 and '--coord_port' not in chosen.flags
    for wrong in ('x', '99999', '65535', '-1'):
        assert Request.of(['--coord_port', wrong]).coordinator_port == 0
    assert Request.of(['--flagfile', 'x']).coordinator_port == 0
    assert Request.of(['--flagfile', 'x', '--port_base', '4000']).coordinator_port == 4500
