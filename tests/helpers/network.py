"""Machines with addresses of their own, made of network namespaces: needs root and iproute2.

    with Network(2) as network:
        subprocess.Popen(network.on(1) + ['python', ...])     # on the machine 10.77.0.2
        network.cut(1)
        network.heal(1)
"""
import contextlib
import functools
import itertools
import os
import subprocess

_numbers = itertools.count()  # so that a process may have several networks


def _ip(*arguments, check=True):
    subprocess.run(['ip', *arguments], check=check, capture_output=True)


@functools.cache
def available():
    """Whether networks can be made here."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError), Network(1):
        return True
    return False


class Network:
    """Machines on one switch.

    Args:
        machines: how many; number i has the address `address(i)`.
        rate: of each machine's line, as `tc` writes it ('100mbit'); '' for no limit.
    """

    def __init__(self, machines, rate=''):
        self.machines, self._rate = machines, rate
        self._tag = f'{os.getpid() % 100000}{chr(ord("a") + next(_numbers) % 26)}'

    def __enter__(self):
        try:
            _ip('link', 'add', self._bridge, 'type', 'bridge')
            _ip('link', 'set', self._bridge, 'up')
            for i in range(self.machines):
                space, near, far = self._names(i)
                _ip('netns', 'add', space)
                _ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far)
                _ip('link', 'set', far, 'netns', space)
                _ip('link', 'set', near, 'master', self._bridge, 'up')
                inside = ('netns', 'exec', space, 'ip')
                _ip(*inside, 'addr', 'add', f'{self.address(i)}/24', 'dev', far)
                _ip(*inside, 'link', 'set', far, 'up')
                _ip(*inside, 'link', 'set', 'lo', 'up')
                if self._rate:
                    shape = ['root', 'tbf', 'rate', self._rate, 'burst', '256kb', 'latency', '50ms']
                    subprocess.run(['tc', 'qdisc', 'add', 'dev', near, *shape], check=True)
                    subprocess.run(['ip', 'netns', 'exec', space, 'tc', 'qdisc', 'add', 'dev', far,
                                    *shape], check=True)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for i in range(self.machines):
            space, near, _far = self._names(i)
            _ip('link', 'del', near, check=False)
            _ip('netns', 'del', space, check=False)
        _ip('link', 'del', self._bridge, check=False)

    @property
    def _bridge(self):
        return f'dsb{self._tag}'

    def _names(self, i):
        return f'ds{self._tag}-{i}', f'dsn{self._tag}-{i}', f'dsf{self._tag}-{i}'

    @staticmethod
    def address(i):
        """IP address of a machine."""
        return f'10.77.0.{i + 1}'

    def on(self, i):
        """Return the prefix of a command that is to run on a machine."""
        return ['ip', 'netns', 'exec', self._names(i)[0]]

    def sent(self, i):
        """Bytes that a machine has sent, headers included."""
        path = f'/sys/class/net/{self._names(i)[1]}/statistics/rx_bytes'
        with open(path, encoding='ascii') as file:
            return int(file.read())

    def cut(self, i):
        """Take a machine off the switch: packets vanish, connections are not closed."""
        _ip('link', 'set', self._names(i)[1], 'down')

    def heal(self, i):
        """Put it back."""
        _ip('link', 'set', self._names(i)[1], 'up')
