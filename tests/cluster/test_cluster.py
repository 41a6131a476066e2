"""Two small clusters train to the end although one process of each is killed."""
import re

import pytest

from tests.helpers.cluster import CHILD, LAUNCHER, STEPS, trained

pytestmark = pytest.mark.long
EPOCHS = 5


@pytest.mark.cluster
def test_parameter_server_takes_a_killed_worker_in_again(start):
    run = start('', '--epoch', EPOCHS, command=[LAUNCHER, '--script', CHILD, '1:2:0'],
                DEEPSPEECH_TEST_HOLD=STEPS + 2)
    run.wait_for(r'^\[chief   0\] I Cluster: parameter servers: 1, workers: 2, .*asynchronous')
    run.wait_for(r'^\[chief   0\] HOLD')
    run.hurt('worker 1')
    run.wait_for(r'W worker 1 \(localhost:3001\) was killed by signal 9; restarting it '
                 r'\(failure 1 of 100 allowed\)')
    run.go_on()
    trained(run, EPOCHS, STEPS)
    assert run.text.count('STARTING Optimization') == run.text.count('I Cluster: ') == 1


def test_all_reduce_goes_on_from_the_checkpoint(start):
    """To the end of the run: its --epochs are not counted anew."""
    held = STEPS // 2 + 2
    run = start('', '--epochs', EPOCHS, '--validation_step', 3,
                command=[LAUNCHER, '--script', CHILD, '0:2:0'], DEEPSPEECH_TEST_HOLD=held)
    run.wait_for(r'^\[worker 0\] I Cluster: parameter servers: none, workers: 2, .*all-reduce')
    run.wait_for(r'^\[worker 0\] HOLD')
    run.hurt('worker 1')
    trained(run, EPOCHS, STEPS // 2)
    assert re.search(r'W worker 1 \(localhost:3001\) was killed by signal 9; restarting all from '
                     'the newest checkpoint', run.text), run.text
    assert re.search(rf"^\[worker 0\] I Resuming from '.*': epoch 1, step {held}$", run.text,
                     re.MULTILINE), run.text
    assert run.text.count('STARTING Optimization') == run.text.count('I Cluster: ') == 2
    assert len(run.checkpoint().state['dev_losses']) == 2
