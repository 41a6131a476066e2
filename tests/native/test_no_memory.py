"""Memory that ends at any allocation: each call gives a code, and loses nothing."""

import re
import subprocess

import pytest

from tests.helpers.golden import clip
from tests.helpers.need import unsanitized
from tests.helpers.small_model import ARPA


@unsanitized
@pytest.mark.parametrize('name', ['forward.pb', 'bidirectional.pbmm'])
@pytest.mark.parametrize('scorer', ['package', 'arpa'])
def test_every_allocation_may_fail(build, golden, shared_data, tmp_path, name, scorer):
    """One alone, then all from it on: opening, streams, feeding, results, with a scorer too."""
    path = tmp_path / 'words.arpa'
    path.write_text(ARPA)
    if scorer == 'package':
        path = f'{shared_data}/deepspeech/pruned_lm.scorer'
    done = subprocess.run([build / 'alloc_test', golden / name, path, '60'],
                          input=clip(0.5).tobytes(), capture_output=True, timeout=600)
    assert done.returncode == 0, done.stdout.decode()[-3000:] + done.stderr.decode()
    told = re.findall(r'(\d+) cases, (\d+) refused, 0 leaks, 0 broken', done.stdout.decode())
    assert len(told) == 36 and all(int(refused) > 0 for _, refused in told), done.stdout
