"""Ports of this machine for tests."""

import socket


def free_port():
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(('localhost', 0))
        return probe.getsockname()[1]


def free_base(span):
    """Return the first of so many ports on which nobody listens, away from those of 2017."""
    for base in range(10000, 32000, span):
        try:
            for port in range(base, base + span):
                with socket.socket() as probe:
                    probe.bind(('', port))
            return base
        except OSError:
            continue
    raise AssertionError(f'no {span} free ports in a row')
