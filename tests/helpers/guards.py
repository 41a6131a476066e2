"""The guards of a cluster's members, as its coordinator sees them."""

import socket

from util.cluster.door import introduce
from util.cluster.line import Line


def connect(cluster, token=None):
    """Connect to the coordinator of a cluster; return the line and why it is not ours."""
    host, port = cluster.coordinator.rsplit(':', 1)
    line = Line.of_guard(socket.create_connection((host, int(port)), 10))
    return line, introduce(line, cluster.token if token is None else token, lambda: False)


def join(cluster, task, digest=None):
    """Say hello as the guard of a task, such as 'worker 1'; return the line."""
    line, stranger = connect(cluster)
    assert not stranger
    line.send(f'hello {task} {cluster.digest if digest is None else digest}')
    return line


def hear(line, *words):
    """Wait for a line of these words; return all that came until then."""
    said = []
    while list(words) not in said:
        said += line.receive()
    return said
