"""What every test can use: the repository on the path, and the shared test data."""

import os
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')  # TensorFlow's chatter about the processor


@pytest.fixture(scope='session')
def shared_data() -> str:
    """The folder of recordings that lies beside the repository; skips where it is not there."""
    folder = os.path.join(os.path.dirname(ROOT), 'shared', 'data')
    if not os.path.isdir(folder):
        pytest.skip('needs the test data in ../shared/data, which is not part of the repository')
    return folder


@pytest.fixture(autouse=True)
def _fresh_log():
    """Every test starts with the log as a program does."""
    from util.log import logger
    logger.level, logger.stderr, logger.before_line = 1, False, None
