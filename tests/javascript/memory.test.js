'use strict';
// What nobody holds any more is freed: by hand, and by the collector in any order.

const assert = require('assert');
const { test } = require('node:test');
const ds = require('deepspeech');
const { model: path, clear } = require('./facts');

const ROUNDS = Number(process.env.ROUNDS);
const turn = () => new Promise(setImmediate);
const piece = clear.audio.subarray(0, 32000);

async function settled() {
  for (let i = 0; i < 3; ++i) {
    global.gc();
    await turn();
  }
  return process.memoryUsage.rss() / 1e6;
}

/** Asserts that rounds take no more memory than some before them did. */
async function doesNotGrow(round, rounds) {
  for (let i = 0; i < rounds / 5 + 5; ++i) await round(i);
  const before = await settled();
  for (let i = 0; i < rounds; ++i) await round(i);
  const grown = await settled() - before;
  assert.ok(grown < 10 + rounds / 100, `grown by ${grown} MB in ${rounds} rounds`);
}

const ENDS = [ds.FreeStream, (stream) => stream.finishStream(),
              (stream) => stream.finishStreamAsync(),
              (stream) => stream.finishStreamWithMetadata(),
              (stream) => stream.finishStreamWithMetadataAsync()];

test('models are opened and closed', () => doesNotGrow(async (i) => {
  const model = i % 2 ? new ds.Model(path) : await ds.Model.open(path);
  const stream = model.createStream(), aligning = model.createAlignStream('a');
  stream.feedAudioContent(piece);
  await ENDS[i % ENDS.length](stream);
  aligning.feedAudioContent(piece);
  try { aligning.finishStream(); } catch { /* nobody says that */ }
  ds.FreeModel(model);
}, ROUNDS));

test('models and streams are forgotten in any order', () => doesNotGrow(async (i) => {
  const held = [];
  let model = new ds.Model(path);
  for (let k = 0; k < 4; ++k) held.push(model.createStream());
  held.push(model.createAlignStream('a'), new ds.Segmenter(16000), model.createTranscriber());
  held[i % 4].feedAudioContent(piece);
  held[(i + 1) % 4].feedAudioContentAsync(piece);  // nobody waits for it
  if (i % 2) model = null;
  while (held.length > 1) {
    held.splice((i * 7 + held.length) % held.length, 1);
    if (held.length === 3) global.gc();
  }
  await turn();
}, ROUNDS));

test('results are forgotten', async () => {
  const model = new ds.Model(path);
  await doesNotGrow(async () => {
    model.emissions(piece);
    model.sttWithMetadata(piece, 5);
    await model.emissionsAsync(piece);
    try { model.disableExternalScorer(); } catch { /* there is none */ }
    await ds.Model.open('/no/file').catch(() => {});
  }, ROUNDS);
});
