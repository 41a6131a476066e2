"""The ports of a cluster: free when it starts, and no other cluster's while it runs.

A port may be free and yet promised, since TensorFlow takes seconds to listen there, and so two
clusters that start together would both find it free. So a port is claimed first, by a Unix socket
whose name is made of its number: the kernel lets one process at a time have it, of whatever user,
and takes it back when that process ends. A launcher claims the ports of its cluster, and each guard
those of its processes.
"""
from __future__ import annotations

import contextlib
import socket
import time

from util.errors import UserError

CLUSTER, MEMBER = 'cluster', 'member'  # who claims


class Claim:
    """Ports that are ours, until this is closed or the process ends.

    Args:
        who: CLUSTER, for all members, or MEMBER.
        ports: by what uses them, such as 'worker 1'.
        patience: seconds to wait for a port that is about to be left.
        advice: what to do if one is in use.

    Raises:
        UserError: one is in use, or somebody else's.
    """

    def __init__(self, who: str, ports: dict[str, int], patience: float, advice: str) -> None:
        self._held = contextlib.ExitStack()
        end = time.monotonic() + patience
        for user, port in ports.items():
            while True:
                try:
                    self._held.enter_context(_claimed(who, port))
                    break
                except OSError as error:
                    if time.monotonic() > end:
                        self.close()
                        raise UserError(f'port {port} of {user} cannot be used: {error.strerror}; '
                                        + advice) from error
                    time.sleep(0.2)

    def close(self) -> None:
        """Give them up."""
        self._held.close()


def _claimed(who: str, port: int) -> socket.socket:
    """Return what holds the claim on a port on which nobody listens.

    Raises:
        OSError: it is claimed or used by somebody else.
    """
    if who == CLUSTER:  # nor may members of another be started one by one
        _named(MEMBER, port).close()
    claim = _named(who, port)
    try:
        _probe(port)
    except OSError:
        claim.close()
        raise
    return claim


def _named(who: str, port: int) -> socket.socket:
    """Return a socket of that name, in no file system: the name goes with the socket."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f'\0deepspeech-{who}-{port}')
    except OSError:
        claim.close()
        raise
    return claim


def _probe(port: int) -> None:
    """Try to bind the port as TensorFlow will, for IPv4 and IPv6.

    Raises:
        OSError: it is in use.
    """
    both = socket.has_dualstack_ipv6()
    with socket.socket(socket.AF_INET6 if both else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if both:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        probe.bind(('', port))
