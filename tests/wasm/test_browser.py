"""The package in a real browser: the promises, the worker, and the page with the microphone."""

import asyncio
import contextlib
import dataclasses
import functools
import http.server
import json
import shutil
import threading

import pytest

from tests.helpers.browser import chromium, microphone, opened
from tests.helpers.class_model import PEOPLE, people
from tests.helpers.need import need_module
from tests.helpers.recorded import SCORER

pytestmark = pytest.mark.slow


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Any static server: no special headers."""

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(folder):
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.fixture(scope='module')
def site(package, compat, recordings, tmp_path_factory):
    """Return the address of the package, a model, a scorer and recordings."""
    folder = tmp_path_factory.mktemp('site')
    for name in ('dist', 'example'):
        shutil.copytree(package / name, folder / name)
    shutil.copy(compat / 'model256.pbmm', folder / 'model.pbmm')
    shutil.copy(SCORER, folder / 'english.scorer')
    model = need_module('deepspeech').Model(compat / 'model256.pbmm')
    (folder / 'calls.arpa').write_text(people(model.stt(recordings['espeak_000'][1])))
    (folder / 'damaged.pbmm').write_bytes(b'no model')
    (folder / 'audio').mkdir()
    for name, (path, _) in recordings.items():
        shutil.copy(path, folder / 'audio' / name)
    with serving(folder) as address:
        yield address


@pytest.fixture(scope='module')
def heard(recordings, tmp_path_factory):
    """Return a microphone that hears a recording."""
    return microphone(tmp_path_factory.mktemp('heard') / 'microphone.wav',
                      recordings['espeak_000'][1])


def in_page(heard, url, work):
    """Run `work(page)` on the page, once it has its scripts."""
    async def run(address):
        async with opened(address, url) as page:
            await page.until('document.readyState == "complete" && typeof DeepSpeech == "function"')
            return await work(page)
    with chromium(heard) as address:
        return asyncio.run(run(address))


TEXTS = '''(async (names, options) => {
  const speech = await DeepSpeech.load({model: '../model.pbmm', ...options});
  const all = [];
  for (const name of names) {
    const answer = await fetch('../audio/' + name);
    const samples = new Int16Array(await answer.arrayBuffer());
    const stream = await speech.createStream();
    for (let at = 0; at < samples.length; at += 4000) {
      await stream.feed(samples.subarray(at, at + 4000));
    }
    all.push([await speech.speechToText(samples), await stream.finish(), samples.length]);
  }
  speech.free();
  return all;
})(%s, %s)'''


@pytest.mark.parametrize('options', [{}, {'simd': False}, {'scorer': '../english.scorer'}])
def test_it_says_what_the_native_engine_says(site, heard, compat, recordings, options):
    model = need_module('deepspeech').Model(compat / 'model256.pbmm')
    if 'scorer' in options:
        model.enableExternalScorer(SCORER)
    script = TEXTS % (json.dumps(list(recordings)), json.dumps(options))
    said = in_page(heard, f'{site}/example/index.html', lambda page: page.value(script))
    for (name, (_, samples)), (text, streamed, count) in zip(recordings.items(), said, strict=True):
        assert count == len(samples)
        assert text == streamed == model.stt(samples), name


GRAMMAR = '''(async (grammar) => {
  const speech = await DeepSpeech.load({model: '../model.pbmm'});
  const samples = new Int16Array(await (await fetch('../audio/espeak_000')).arrayBuffer());
  await speech.enableGrammar(grammar);
  const best = (await speech.speechToTextWithMetadata(samples)).transcripts[0];
  await speech.setRejection(1);
  const rejected = await speech.speechToText(samples);
  await speech.setRejection();
  const refused = await speech.enableGrammar(['yes', '7up']).catch((error) => error.message);
  await speech.disableGrammar();
  return {best, rejected, refused, free: await speech.speechToText(samples)};
})(%s)'''


@pytest.mark.parametrize('grammar', [
    '#JSGF V1.0; grammar order; public <order> = (doctor | nurse) {who} [unk] {what} letter;',
    ['doctor [unk]', 'yes'], '["yes"]'])
def test_grammars_and_rejection_are_those_of_the_native_engine(site, heard, compat, recordings,
                                                               grammar):
    model = need_module('deepspeech').Model(compat / 'model256.pbmm')
    samples = recordings['espeak_000'][1]
    free = model.stt(samples)
    model.enableGrammar(grammar)
    best = model.sttWithMetadata(samples).transcripts[0]
    said = in_page(heard, f'{site}/example/index.html',
                   lambda page: page.value(GRAMMAR % json.dumps(grammar)))
    ours, near = said['best'], functools.partial(pytest.approx, abs=1e-3)
    assert ''.join(token['text'] for token in ours['tokens']) == best.text
    assert (ours['intent'], ours['calibrated']) == (best.intent, False)
    assert ours['probability'] == near(best.trust.probability)
    assert ours['slots'] == [
        {**dataclasses.asdict(slot), 'start_time': near(slot.start_time),
         'end_time': near(slot.end_time)} for slot in best.slots]
    assert [(word['text'], word['probability']) for word in ours['words']] == [
        (word.text, near(word.trust.probability)) for word in best.words]
    assert (said['rejected'], said['free']) == ('[unk]', free)
    assert "cannot spell '7' in '7up'" in said['refused'] and 'line 2' in said['refused']


SLOTS = '''(async (grammar) => {
  const speech = await DeepSpeech.load({model: '../model.pbmm', scorer: '../calls.arpa'});
  const samples = new Int16Array(await (await fetch('../audio/espeak_000')).arrayBuffer());
  await speech.enableGrammar(grammar);
  const best = (await speech.speechToTextWithMetadata(samples)).transcripts[0];
  return best.slots.map((slot) => [slot.name, slot.text, slot.value]);
})(%s)'''


def test_slots_of_free_speech(site, heard):
    said = in_page(heard, f'{site}/example/index.html',
                   lambda page: page.value(SLOTS % json.dumps(PEOPLE)))
    assert said == [['who', 'doctor', 'Dr. Jones'], ['thing', 'letter', 'letter']]


def test_the_page_hears_the_microphone(site, heard, compat, recordings):
    async def work(page):
        await page.until('by("state").textContent == "Ready"')
        await page.value('by("button").click()')
        await page.until('by("button").textContent == "Stop"')
        partial = await page.until('by("partial").textContent')
        said = await page.until('document.querySelector("#text p")?.textContent')
        await page.value('by("button").click()')
        await page.until('by("button").textContent == "Speak"')
        return partial, said
    partial, said = in_page(heard, f'{site}/example/index.html?model=../model.pbmm', work)
    model = need_module('deepspeech').Model(compat / 'model256.pbmm')
    words = model.stt(recordings['espeak_000'][1]).split()
    assert partial and len(set(said.split()) & set(words)) >= 6, said


ERRORS = {
    "DeepSpeech.load({})": 'give a model: DeepSpeech.load({model: address or file})',
    "DeepSpeech.load({model: '../absent.pbmm'})":
        "absent.pbmm' cannot be fetched: the server says 404",
    "DeepSpeech.load({model: '../damaged.pbmm'})": 'CreateModel failed: ',
    "DeepSpeech.load({model: new Uint8Array(0)})":
        "CreateModel failed: model 'model' cannot be read: it is empty",
    "DeepSpeech.load({model: new File(['x'], 'notes.txt')})": 'CreateModel failed: ',
    "DeepSpeech.load({model: '../model.pbmm', scorer: '../model.pbmm'})":
        "language model 'model.pbmm' is neither a KenLM binary nor an ARPA file",
    "DeepSpeech.load({model: '../model.pbmm', base: '../nowhere/'})": 'the worker stopped: ',
    "good.then((speech) => speech.speechToText('text'))": 'the audio is no array',
    "good.then((speech) => speech.createStream({sampleRate: 1}))": 'the sample rate is 1',
    "good.then((speech) => speech.createStream()).then(async (stream) => "
    "{ await stream.finish(); await stream.feed(new Int16Array(9)); })":
        'the stream was finished or freed',
    "good.then((speech) => { speech.free(); return speech.speechToText(new Int16Array(9)); })":
        'the model was freed',
}


def test_what_fails_says_why(site, heard):
    async def work(page):
        await page.value("void (window.good = DeepSpeech.load({model: '../model.pbmm'}))")
        return [await page.value(f'{script}.then(() => null, (error) => error.message)')
                for script in ERRORS]
    said = in_page(heard, f'{site}/example/index.html', work)
    for (script, expected), message in zip(ERRORS.items(), said, strict=True):
        assert message and expected in message and '\n' not in message, (script, message)


STREAMS = '''(async () => {
  const speech = await DeepSpeech.load({model: '../model.pbmm', hotWords: {music: 2}});
  const noise = Float32Array.from({length: 4800}, () => Math.random() - 0.5);
  const sizes = [];
  for (let i = 0; i < 1000; ++i) {
    const stream = await speech.createStream({sampleRate: 48000, endpoint: true});
    await stream.feed(noise);
    if (i % 2) await stream.finish(); else await stream.free();
    if (i % 250 === 249) sizes.push(await speech.memory());
  }
  return sizes;
})()'''


def test_thousand_streams_leave_nothing_behind(site, heard):
    sizes = in_page(heard, f'{site}/example/index.html', lambda page: page.value(STREAMS))
    assert len(set(sizes)) == 1 and sizes[0] < 100 << 20, sizes
