"""Two machines with addresses of their own; one is cut off for a while."""
import os
import re
import sys
import time

import pytest

from tests.helpers import network
from tests.helpers.cluster import STEPS
from tests.helpers.need import need_program, only_where
from tests.helpers.places import ROOT

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize('servers', [0, 1])
def test_a_machine_cut_off_for_a_while(start, servers):
    need_program('ip')
    only_where(network.available(), 'root, to make networks')
    with network.Network(2) as machines:
        hosts = [machines.address(i) for i in range(2)]
        flags = ['--worker_hosts', ','.join(f'{host}:3000' for host in hosts), '--coord_timeout', 8,
                 '--epoch', 60, '--checkpoint_secs', 1]
        if servers:
            flags += ['--ps_hosts', f'{hosts[0]}:2000']
        program = [sys.executable, os.path.join(ROOT, 'DeepSpeech.py')]

        def begin(i, job, index):
            return start('', *flags, '--job_name', job, '--task_index', index,
                         command=program, on=machines.on(i), name=f'{job}-{index}')

        others = [begin(1, 'worker', 1)] + [begin(0, 'ps', 0)] * servers
        first = begin(0, 'worker', 0)
        first.wait_for('Training of Epoch 2 ')
        machines.cut(1)
        seen = first.wait_for(r'W worker 1 \(10\.77\.0\.2:3000\) has not been heard from for 8 s; '
                              'restarting all', secs=40)
        seen = first.wait_for(r'I waiting for worker 1 \(10\.77\.0\.2:3000\)', after=seen)
        time.sleep(5)
        machines.heal(1)
        first.wait_for('Training of Epoch ', after=seen)
        for run in (first, *others):
            assert run.end(400) == 0, run.text
        state = first.checkpoint().state
        assert (state['epoch'], state['step']) == (60, 60 * STEPS // (1 if servers else 2))
        assert len(re.findall(rf' I Test of Epoch {first.tested()} - WER', first.text)) == 1
