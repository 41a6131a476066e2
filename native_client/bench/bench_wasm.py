#!/usr/bin/env python3
"""Compare the engine in Node and in Chromium with the native one, in turn.

    make -C native_client wasm
    python native_client/bench/bench_wasm.py [--package native_client/build-wasm/package]

Speech of 10 s in one call, one thread. Parts: 256 (../shared/data/compat, with the decoder: beam
500), 2048 (random weights, the network alone: beam 1).
"""

import contextlib
import functools
import http.server
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from side_by_side import (
    HERE,
    RATE,
    ROOT,
    SHARED,
    Job,
    Table,
    chosen,
    in_turn,
    join_speech,
    make_models,
    one_core,
    parser_for,
    read_wav,
    run_json,
)

PARTS = ('256', '2048')
SECONDS = 10
# Each says seconds, after a first call that compiles; `files` are beside the page or script.
IN_NODE = """
const fs = require('fs');
const {package: folder, model, samples, beam, simd} = JSON.parse(process.argv[1]);
(async () => {
  const stt = await require(`${folder}/dist/stt_wasm.js`)({simd});
  const opened = new stt.Model(fs.readFileSync(model));
  opened.setModelBeamWidth(beam);
  const pcm = fs.readFileSync(samples);
  opened.speechToText(pcm);
  const start = performance.now();
  opened.speechToText(pcm);
  console.log(JSON.stringify({seconds: (performance.now() - start) / 1000}));
})();
"""
PAGE = """<!doctype html><script src="dist/deepspeech.js"></script><script>
(async () => {
  const {model, samples, beam, simd} = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const speech = await DeepSpeech.load({model, simd, beamWidth: beam});
  const pcm = new Int16Array(await (await fetch(samples)).arrayBuffer());
  await speech.speechToText(pcm);
  const start = performance.now();
  await speech.speechToText(pcm);
  return {seconds: (performance.now() - start) / 1000};
})().catch((error) => ({error: error.message})).then((result) => fetch('/result', {
  method: 'POST', body: JSON.stringify(result)}));
</script>"""


class Site(http.server.SimpleHTTPRequestHandler):
    """The package, the page, files by their paths; takes results."""

    results: 'queue.Queue[dict[str, Any]]' = queue.Queue()

    def translate_path(self, path: str) -> str:
        """Return the file of an address: below /files it is any."""
        name = path.partition('?')[0]
        return name[len('/files'):] if name.startswith('/files/') else super().translate_path(path)

    def do_GET(self) -> None:
        """Answer with the page or a file."""
        if self.path != '/':
            return super().do_GET()
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def do_POST(self) -> None:
        """Take what the page has measured."""
        self.results.put(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(package: str) -> Iterator[str]:
    """Serve the package; yield its address."""
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0),
                                         functools.partial(Site, directory=package)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}/'
        server.shutdown()


def jobs(build: str, package: str, address: str, model: str, wav: str, beam: int) -> dict[str, Job]:
    """Return the same work in each place, by its name."""
    samples = wav.removesuffix('.wav') + '.raw'
    read_wav(wav).tofile(samples)

    def native(_: float | None) -> dict[str, Any]:
        return run_json([*one_core(), sys.executable, os.path.join(HERE, 'library.py'), json.dumps(
            {'kind': 'whole', 'build': build, 'model': model, 'wav': wav, 'beam': beam})])

    def node(simd: bool, _: float | None) -> dict[str, Any]:
        return run_json(['node', '-e', IN_NODE, json.dumps(
            {'package': package, 'model': model, 'samples': samples, 'beam': beam, 'simd': simd})])

    def chromium(simd: bool, limit: float | None) -> dict[str, Any]:
        asked = {'model': f'/files{model}', 'samples': f'/files{samples}', 'beam': beam,
                 'simd': simd}
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            browser = subprocess.Popen(
                ['chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run',
                 f'--user-data-dir={profile}', f'{address}#{json.dumps(asked)}'],
                stderr=subprocess.DEVNULL)
            try:
                result = Site.results.get(timeout=limit)
            finally:
                browser.kill()
                browser.wait()
        if 'error' in result:
            raise RuntimeError(result['error'])
        return result

    work: dict[str, Job] = {'native, one thread': native}
    for simd, name in ((True, 'SIMD'), (False, 'plain')):
        work[f'Node, {name}'] = functools.partial(node, simd)
        work[f'Chromium, {name}'] = functools.partial(chromium, simd)
    return work


def main() -> None:
    """Print a table for each size of network."""
    parser = parser_for(__doc__, PARTS)
    parser.add_argument('--package',
                        default=os.path.join(ROOT, 'native_client', 'build-wasm', 'package'))
    o = parser.parse_args()
    wav = join_speech(o.cache, SECONDS)
    package = os.path.abspath(o.package)
    with serving(package) as address:
        for part in chosen(parser, o, PARTS):
            model, beam = (os.path.join(SHARED, 'data', 'compat', 'model256.pbmm'), 500)
            if part == '2048':
                model, beam = make_models(o.cache, 2048)['forward'] + 'mm', 1
            results = in_turn(jobs(o.build, package, address, model, wav, beam), o.rounds, o.limit)
            native = results['native, one thread']['seconds']
            table = Table(f'n_hidden {part}, beam {beam}, {len(read_wav(wav)) / RATE:g} s, '
                          f'{o.rounds} rounds', 'where', 'RTF', 'times as long as native')
            for name, result in results.items():
                table.row(name, f'{result["seconds"] / SECONDS:.4f}',
                          f'{result["seconds"] / native:.1f}')


if __name__ == '__main__':
    main()
