"""The graph of an export as its tools show it: of each kind, plain and packed."""

import os
import runpy
import subprocess
import sys

import pytest
import tensorflow as tf
from google.protobuf import text_format

from tests.helpers.golden import KINDS
from tests.helpers.places import BIN
from util.errors import UserError
from util.export.graph_def import read_graph


def tool(monkeypatch, name, path):
    """Run a tool in this process, where TensorFlow is loaded already; return its status."""
    monkeypatch.setattr(sys, 'argv', [name, str(path)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(BIN / name), None, '__main__')
    return end.value.code


@pytest.mark.parametrize('kind', KINDS)
def test_operations_of_a_graph(golden, monkeypatch, capsys, kind):
    graph = tf.compat.v1.GraphDef.FromString((golden / f'{kind}.pb').read_bytes())
    expected = sorted({node.op for node in graph.node})
    assert tool(monkeypatch, 'ops_in_graph.py', golden / f'{kind}.pb') == 0
    assert capsys.readouterr().out.splitlines() == expected
    assert tool(monkeypatch, 'ops_in_graph.py', golden / f'{kind}.pbmm') == 0
    assert capsys.readouterr().out.splitlines() == sorted({*expected, 'ImmutableConst'})


def test_graph_as_text(golden, monkeypatch, tmp_path, capsys):
    data = (golden / 'forward.pb').read_bytes()
    (tmp_path / 'x.pb').write_bytes(data)
    assert tool(monkeypatch, 'graphdef_binary_to_text.py', tmp_path / 'x.pb') == 0
    assert capsys.readouterr() == ('', f'I Written {tmp_path}/x.pbtxt\n')
    again = text_format.Parse((tmp_path / 'x.pbtxt').read_text(), tf.compat.v1.GraphDef())
    assert again == tf.compat.v1.GraphDef.FromString(data)


def test_operations_of_models_of_0_9_3(compat):
    plain, packed = (read_graph(str(compat / f'model256.{ending}'), packed=True)
                     for ending in ('pb', 'pbmm'))
    assert {node.name for node in plain.node} == {node.name for node in packed.node}


@pytest.mark.parametrize('content, message', [
    (b'hello, this is no graph', 'is not a GraphDef: pass an exported .pb or .pbmm file'),
    (b'', 'has no operations'), (b'memmapped_package://' * 9, 'is not a GraphDef'),
    (None, 'cannot be read (No such file or directory')])
def test_what_is_no_graph(tmp_path, monkeypatch, capsys, content, message):
    if content is not None:
        (tmp_path / 'x.pb').write_bytes(content)
    assert tool(monkeypatch, 'ops_in_graph.py', tmp_path / 'x.pb') == 1
    said = capsys.readouterr().err
    assert said.startswith(f"E model '{tmp_path}/x.pb' ") and said.count('\n') == 1
    assert message in said


def test_packages_are_no_plain_graphs(golden):
    with pytest.raises(UserError, match='is not a GraphDef: pass an exported .pb file'):
        read_graph(str(golden / 'forward.pbmm'))


def test_nothing_is_said_by_tensorflow(golden):
    """Only a process of its own shows what is said while TensorFlow is imported."""
    env = {name: value for name, value in os.environ.items() if name != 'TF_CPP_MIN_LOG_LEVEL'}
    done = subprocess.run([sys.executable, BIN / 'ops_in_graph.py', golden / 'forward.pb'],
                          capture_output=True, text=True, check=False, env=env)
    assert (done.returncode, done.stderr) == (0, '') and 'BlockLSTM' in done.stdout
