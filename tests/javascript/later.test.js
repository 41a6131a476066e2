'use strict';
// Asynchronous calls: on other threads, in their order, and whatever else happens meanwhile.

const assert = require('assert');
const crypto = require('crypto');
const { spawnSync } = require('child_process');
const { once } = require('events');
const { Readable } = require('stream');
const { pipeline } = require('stream/promises');
const { mock, test } = require('node:test');
const { Worker } = require('worker_threads');
const ds = require('deepspeech');
const { model: path, said, clear } = require('./facts');

const model = new ds.Model(path);
const long = Buffer.concat(Array(9).fill(clear.audio));  // 34 s, above a megabyte

/** Counts turns of the event loop until a promise settles. */
async function turnsUntil(promise) {
  let turns = 0, settled = false;
  const count = () => { if (!settled) { turns += 1; setImmediate(count); } };
  setImmediate(count);
  await promise.finally(() => { settled = true; });
  return turns;
}

test('the event loop goes on while calls compute', async () => {
  const stream = model.createStream();
  const audio = long.subarray(0, 300000);
  const calls = [() => model.sttAsync(audio), () => model.sttWithMetadataAsync(audio),
                 () => model.emissionsAsync(audio), () => stream.feedAudioContentAsync(audio),
                 () => model.alignAsync(clear.audio, clear.text)];
  for (const call of calls) {
    assert.ok(await turnsUntil(call()) > 20, String(call));
  }
  ds.FreeStream(stream);
});

test("calls run on the threads of Node's pool", async () => {
  // UV_THREADPOOL_SIZE is 1: who comes later waits for what is computed there.
  assert.strictEqual(process.env.UV_THREADPOOL_SIZE, '1');
  const order = [];
  await Promise.all([
    new Promise((resolve) => {
      crypto.pbkdf2('a', 'b', 100000, 64, 'sha512', () => { order.push('pool'); resolve(); });
    }),
    model.sttAsync(Buffer.alloc(640)).then(() => order.push('text')),
  ]);
  assert.deepStrictEqual(order, ['pool', 'text']);
});

test('audio above a megabyte is copied in turns, and gives the same text', async () => {
  assert.ok(long.length > 1 << 20);
  const text = model.stt(long);
  assert.strictEqual(await model.sttAsync(long), text);
  const int16 = new Int16Array(long.buffer.slice(long.byteOffset, long.byteOffset + long.length));
  assert.strictEqual(await model.sttAsync(int16), text);
  await assert.rejects(model.sttAsync(Buffer.alloc((1 << 20) + 1)), /must be even/);
  const stream = model.createStream();
  stream.feedAudioContentAsync(long);
  assert.strictEqual(await stream.finishStreamAsync(), text);
});

test('results are made a part at a time, with turns of the event loop in between', async () => {
  const { native } = require('deepspeech/lib/native');
  const audio = Buffer.concat(Array(6).fill(clear.audio)), text = `${clear.text}\n`.repeat(6);
  const metadata = model.sttWithMetadata(audio, 2), alignment = model.align(audio, text);
  const made = [];  // objects in each turn
  const count = () => { made.push(0); next = setImmediate(count); };
  let next = setImmediate(count);
  for (const name of ['tokens', 'words', 'alignedLetters', 'alignedWords', 'alignedLines']) {
    const original = native[name];
    mock.method(native, name, (...all) => {
      const objects = original(...all);
      made[made.length - 1] += objects.length;
      return objects;
    });
  }
  assert.deepStrictEqual(await model.sttWithMetadataAsync(audio, 2), metadata);
  assert.deepStrictEqual(await model.alignAsync(audio, text), alignment);
  clearImmediate(next);
  mock.restoreAll();
  const letters = alignment.lines.flatMap(({ words }) => words.flatMap((word) => word.letters));
  assert.ok(metadata.transcripts[0].tokens.length > 250 && letters.length > 250);
  assert.strictEqual(Math.max(...made), 250);
});

test('calls of a stream run in their order, on audio as it was', async () => {
  for (const { audio, text } of said) {
    const stream = model.createStream(), piece = Buffer.alloc(5000);
    for (let at = 0; at < audio.length; at += piece.length) {
      const size = audio.copy(piece, 0, at, at + piece.length);
      stream.feedAudioContentAsync(piece.subarray(0, size));
      piece.fill(0x55);
    }
    const decoded = stream.intermediateDecodeFlushBuffersAsync();
    assert.throws(() => stream.endpoint(), /busy.*await/);
    assert.strictEqual(await stream.finishStreamAsync(), text);
    assert.strictEqual(await decoded, text);
  }
});

test('streams of a model run side by side', async () => {
  const texts = await Promise.all(said.map(async ({ audio }) => {
    const stream = model.createStream();
    for (let at = 0; at < audio.length; at += 20000) {
      await stream.feedAudioContentAsync(audio.subarray(at, at + 20000));
    }
    return stream.finishStreamAsync();
  }));
  assert.deepStrictEqual(texts, said.map(({ text }) => text));
});

test('a stream that is freed meanwhile ends after the call that runs', async () => {
  const stream = model.createStream();
  const first = stream.feedAudioContentAsync(long.subarray(0, 300000));
  await new Promise(setImmediate);
  const second = stream.finishStreamAsync();
  ds.FreeStream(stream);
  await first;
  await assert.rejects(second, /already finished/);
});

test('a model that is freed meanwhile is there until its calls are done', async () => {
  const own = await ds.Model.open(path);
  const text = own.sttAsync(clear.audio);
  ds.FreeModel(own);
  assert.strictEqual(await text, clear.text);
});

test('a failed call does not stop those behind it', async () => {
  const stream = model.createStream();
  const bad = stream.feedAudioContentAsync(Buffer.alloc(3));
  const good = stream.feedAudioContentAsync(clear.audio);
  await assert.rejects(bad, RangeError);
  await good;
  assert.strictEqual(await stream.finishStreamAsync(), clear.text);
});

test('models work in other threads of JavaScript, which may end at any time', async () => {
  const code = `
    const { parentPort, workerData } = require('worker_threads');
    const { Model } = require('deepspeech');
    const model = new Model(workerData.path);
    parentPort.postMessage(model.stt(workerData.audio));
    model.sttAsync(workerData.long);
    setInterval(() => {}, 1000);`;
  for (let i = 0; i < 3; ++i) {
    const worker = new Worker(code, { eval: true, workerData: { path, audio: clear.audio, long } });
    assert.deepStrictEqual(await once(worker, 'message'), [clear.text]);
    await worker.terminate();
  }
});

test('Node ends while calls run', () => {
  // With more to do than the time limit allows.
  const code = `
    const model = new (require('deepspeech').Model)(${JSON.stringify(path)});
    const audio = require('fs').readFileSync(${JSON.stringify(clear.raw)});
    model.setBeamWidth(50000);
    model.createStream().feedAudioContentAsync(audio);
    for (let i = 0; i < 200; ++i) model.sttAsync(audio);
    setTimeout(() => process.exit(7), 50);`;
  const done = spawnSync(process.execPath, ['-e', code], { timeout: 60000 });
  assert.strictEqual(done.status, 7, String(done.stderr));
});

async function heard(chunks, options) {
  const results = [];
  await pipeline(Readable.from(chunks), model.createTranscriber(options), async (all) => {
    for await (const each of all) results.push(each);
  });
  return results;
}

function cut(audio, size) {
  const chunks = [];
  for (let at = 0; at < audio.length; at += size) chunks.push(audio.subarray(at, at + size));
  return chunks;
}

test('a transcriber takes chunks of any size', async () => {
  const short = said.reduce((a, b) => (a.audio.length < b.audio.length ? a : b));
  for (const size of [999, 3200, 1 << 20]) {
    const [only, ...others] = await heard(cut(short.audio, size), { endpoint: false });
    assert.deepStrictEqual(others, []);
    assert.strictEqual(only.text, short.text);
    assert.deepStrictEqual(only.words, short.transcripts[0].words);
    assert.deepStrictEqual([only.is_final, only.start_time, only.end_time],
                           [true, 0, short.audio.length / 32000]);
  }
});

test('a transcriber ends utterances, and says where they were', async () => {
  const quiet = Buffer.alloc(2 * 32000);
  const audio = Buffer.concat([clear.audio, quiet, said[2].audio, quiet]);
  const all = await heard(cut(audio, 4001), { partial: true });
  const finals = all.filter((each) => each.is_final);
  assert.strictEqual(finals.length, 2);
  assert.strictEqual(finals[0].text.trim(), clear.text);
  assert.ok(finals[1].start_time >= finals[0].end_time);
  assert.ok(finals[1].words.every((word) => word.start_time >= finals[1].start_time));
  assert.ok(all.length > 6 && all.every((each) => each.is_final === Boolean(each.words)));
});

test('a transcriber that is destroyed leaves nothing', async () => {
  const transcriber = model.createTranscriber();
  transcriber.write(clear.audio);
  transcriber.destroy();
  await once(transcriber, 'close');
  assert.deepStrictEqual(await heard([], {}), []);
  assert.deepStrictEqual(await heard([Buffer.alloc(1)], {}), []);
});
