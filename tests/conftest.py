"""What every test can use: the shared data, the native client built, exports to run it on."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

from tests.helpers.alone import alone
from tests.helpers.need import need, need_module, need_program, only_where
from tests.helpers.places import ROOT, SHARED
from tests.helpers.together import group

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')  # TensorFlow's chatter about the processor
# A shell that runs the tests in the background has Ctrl-C ignored, and so has all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give whole groups to processes; xdist's own groups fail with pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    config.option.loadscopereorder = False  # which begins with many tests, not with long ones
    return Groups(config, log)


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest: a process that has them last runs alone."""
    items.sort(key=lambda item: item.get_closest_marker('long') is None)


@pytest.fixture(scope='module', autouse=True)
def _group_in_one_process(request, tmp_path_factory):
    """Fail where another process has run tests of the same group."""
    worker = os.environ.get('PYTEST_XDIST_WORKER')
    if worker:
        name = group(request.node.nodeid).replace('/', '-')
        place = tmp_path_factory.getbasetemp().parent / f'{name}.process'
        with contextlib.suppress(FileExistsError):
            place.symlink_to(worker)  # a name and what it holds in one step
        assert os.readlink(place) == worker, f'{name} runs in {worker} too'


@pytest.fixture(autouse=True)
def _fresh_log():
    """Every test starts with the log as a program does."""
    from util.log import logger
    logger.level, logger.stderr, logger.around = 1, False, contextlib.nullcontext


@pytest.fixture(scope='session')
def shared_data() -> str:
    """Return the folder of recordings beside the repository; skip where it is not there."""
    only_where(SHARED.is_dir(), 'the data in ../shared/data, which is no part of the repository')
    return str(SHARED.resolve())  # as programs name it, where a link leads there


@pytest.fixture(scope='session')
def compat(shared_data) -> pathlib.Path:
    """Models trained and exported by DeepSpeech 0.9.3, recordings, and what its wheels say."""
    return pathlib.Path(shared_data) / 'compat'


@pytest.fixture(scope='session')
def environment() -> dict[str, str]:
    """For subprocesses that import the package under test as this one does."""
    need_module('deepspeech')
    return {**os.environ, 'PYTHONPATH': os.pathsep.join(p for p in sys.path if p),
            'PYTHONWARNINGS': 'ignore'}


@pytest.fixture(scope='session')
def build() -> pathlib.Path:
    """Return the folder of the built programs and libraries; skips without CMake and a compiler.

    DEEPSPEECH_BUILD names a folder that was built with -DDS_TESTS=ON, by a sanitizer's preset for
    example, which is then taken as it is.
    """
    if os.environ.get('DEEPSPEECH_BUILD'):
        return pathlib.Path(os.environ['DEEPSPEECH_BUILD'], 'lib').resolve()
    cmake = shutil.which('cmake') or str(pathlib.Path(sys.executable).with_name('cmake'))
    need(pathlib.Path(cmake).exists(), 'CMake')
    need_program('c++')
    folder = ROOT / 'build' / 'native-tests'
    steps = (
        [cmake, '-S', ROOT / 'native_client', '-B', folder, '-DDS_TESTS=ON'],
        [cmake, '--build', folder, '-j2'],
    )
    with alone(folder.with_suffix('.lock')):
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / 'lib'


@pytest.fixture(scope='session')
def slow_to_open(tmp_path_factory) -> pathlib.Path:
    """Return a .pb export whose opening takes several times as long as callers are not asked for.

    They are asked every 50 ms; of real-time priority a fast core opens it in 200, unquantised.
    """
    from tests.helpers.golden import write_graph
    return pathlib.Path(write_graph('bidirectional', tmp_path_factory.mktemp('large'), 1536))


@pytest.fixture(scope='session')
def golden(tmp_path_factory) -> pathlib.Path:
    """Return a folder with the golden exports, packed too, and what TensorFlow says of a clip."""
    from tests.helpers.golden import KINDS, write
    from util.export.pack import pack_graph

    folder = tmp_path_factory.mktemp('golden')
    for kind in KINDS:
        path = write(kind, str(folder))
        pack_graph(path, path + 'mm')
    return folder
