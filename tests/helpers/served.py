"""A running deepspeech-server, and its end."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.helpers.ports import free_port


class Server:
    """A running deepspeech-server."""

    def __init__(self, environment, log: Path, *arguments):
        self.wyoming = free_port()
        self.log = log
        with open(log, 'wb') as out:
            wyoming = [] if '--token' in arguments else ['--wyoming-port', self.wyoming]
            self.process = subprocess.Popen(
                [sys.executable, '-m', 'deepspeech_server.main', '--port', '0',
                 *map(str, [*arguments, *wyoming])], stderr=out, stdout=out, env=environment)
        self.port = int(self.wait_for(r'listening on http://127.0.0.1:(\d+)/')[1])

    def wait_for(self, pattern):
        """Return the match of what the log says, as soon as it does."""
        for _ in range(1200):
            if match := re.search(pattern, self.log.read_text()):
                return match
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(f'{pattern}: not in {self.log.read_text()}')

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}'

    def get(self, path='/metrics'):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read().decode()

    def metric(self, name):
        found = re.search(rf'^deepspeech_{re.escape(name)} (\S+)$', self.get(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def kilobytes(self):
        """Return the memory that it holds."""
        with open(f'/proc/{self.process.pid}/statm', encoding='ascii') as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE') // 1024

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(60)
        said = self.log.read_text()
        assert status == 0 and 'Traceback' not in said and 'Unclosed' not in said, said[:3000]
