"""Children of a fork: models go on there, whatever other threads did at that moment."""

import subprocess

import pytest

from tests.helpers.golden import clip
from tests.helpers.need import unsanitized


@unsanitized
@pytest.mark.parametrize('name', ['forward.pbmm', 'bidirectional.pb'])
def test_children_go_on(build, golden, shared_data, name):
    """With one, two and three threads: before the first use, after it, and amid every call."""
    scorer = f'{shared_data}/deepspeech/pruned_lm.scorer'
    done = subprocess.run([build / 'fork_test', golden / name, scorer, '84'],
                          input=clip(0.5).tobytes(), capture_output=True, timeout=600)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert done.stdout == b'0 of 264 children failed\n'
