'use strict';
// Failures throw a string, as in 0.9.3; wrong arguments throw errors; nothing crashes.

const assert = require('assert');
const { test } = require('node:test');
const ds = require('deepspeech');
const { model: path, clear } = require('./facts');

const model = new ds.Model(path);

const detached = Buffer.from(new ArrayBuffer(64));
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const VALUES = [undefined, null, true, false, 0, -1, 1.5, NaN, Infinity, 2 ** 32, 10n, 'a', '',
                'a\0b', Symbol('a'), [], [1, 2], {}, () => 1, new Date(), new Map(),
                new Proxy({}, {}), new Proxy(model, {}), Object.create(ds.Model.prototype),
                Buffer.alloc(3), new Float32Array(4), new Float64Array(4), new Uint16Array(4),
                new Int8Array(4), new ArrayBuffer(4), new DataView(new ArrayBuffer(4)),
                new SharedArrayBuffer(4)];

const isWhole = (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32;
const KINDS = {
  audio: (value) => value instanceof Uint8Array && value.length % 2 === 0,
  bytes: (value) => value instanceof Uint8Array,
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  path: (value) => typeof value === 'string' && !value.includes('\0'),
  whole: isWhole,
  results: (value) => value === undefined || isWhole(value),
  number: (value) => typeof value === 'number' && !Number.isNaN(value),
  optional: (value) => value === undefined || (typeof value === 'number' && !Number.isNaN(value)),
  metadata: (value) => (typeof value === 'object' && value !== null),
  nothing: () => false,
};
const RIGHT = { audio: Buffer.alloc(640), bytes: Buffer.alloc(8), text: 'a', path: '/no/file',
                whole: 1, results: 1, number: 1, optional: 1, metadata: {}, nothing: null };

const options = (name) => (value) => ({ [name]: value });
const FUNCTIONS = [
  [(...all) => new ds.Model(...all), 'path'],
  [(value) => new ds.Model(path, { threads: value }), 'results'],
  [(...all) => ds.Model.fromBuffer(...all), 'bytes'],
  [(...all) => ds.Model.open(...all), 'path'],
  [(...all) => model.setBeamWidth(...all), 'whole'],
  [(...all) => model.enableExternalScorer(...all), 'path'],
  [(...all) => model.enableExternalScorerAsync(...all), 'path'],
  [(...all) => model.setScorerAlphaBeta(...all), 'number', 'number'],
  [(...all) => model.addHotWord(...all), 'text', 'number'],
  [(...all) => model.eraseHotWord(...all), 'text'],
  [(...all) => model.stt(...all), 'audio'],
  [(...all) => model.sttAsync(...all), 'audio'],
  [(...all) => model.sttWithMetadata(...all), 'audio', 'results'],
  [(...all) => model.sttWithMetadataAsync(...all), 'audio', 'results'],
  [(...all) => model.emissions(...all), 'audio'],
  [(...all) => model.emissionsAsync(...all), 'audio'],
  [(...all) => model.align(...all), 'audio', 'text'],
  [(...all) => model.alignAsync(...all), 'audio', 'text'],
  [(...all) => model.createAlignStream(...all), 'text'],
  [(...all) => model.createStream().feedAudioContent(...all), 'audio'],
  [(...all) => model.createStream().feedAudioContentAsync(...all), 'audio'],
  [(...all) => model.createStream().intermediateDecodeWithMetadata(...all), 'results'],
  [(...all) => model.createStream().intermediateDecodeWithMetadataAsync(...all), 'results'],
  [(...all) => model.createStream().intermediateDecodeWithMetadataFlushBuffers(...all), 'results'],
  [(...all) => model.createStream().intermediateDecodeWithMetadataFlushBuffersAsync(...all),
   'results'],
  [(...all) => model.createStream().finishStreamWithMetadata(...all), 'results'],
  [(...all) => model.createStream().finishStreamWithMetadataAsync(...all), 'results'],
  ...['silence_before', 'silence_after', 'longest'].map((name) => [
    (value) => model.createStream().setEndpointRules(options(name)(value)), 'optional']),
  [(...all) => model.createAlignStream('a').feedAudioContent(...all), 'audio'],
  [(...all) => model.createAlignStream('a').feedAudioContentAsync(...all), 'audio'],
  [(...all) => new ds.Segmenter(...all), 'whole'],
  ...['pause_ms', 'padding_ms', 'shortest_ms', 'longest_ms'].map((name) => [
    (value) => new ds.Segmenter(16000, options(name)(value)), 'results']),
  [(value) => new ds.Segmenter(16000, { threshold: value }), 'optional'],
  [(...all) => new ds.Segmenter(16000).feed(...all), 'audio'],
  [(...all) => ds.FreeModel(...all), 'nothing'],
  [(...all) => ds.FreeStream(...all), 'nothing'],
  [(...all) => ds.FreeMetadata(...all), 'metadata'],
  [(...all) => ds.readAudio(...all), 'path', 'results'],
  [(...all) => ds.readAudioAsync(...all), 'path', 'results'],
];

const show = (value) => (typeof value === 'symbol' ? String(value)
  : require('util').inspect(value).slice(0, 50));

for (const [call, ...kinds] of FUNCTIONS) {
  const name = String(call).replace(/\(\.\.\.all\) => /, '');
  test(`wrong arguments of ${name} ${kinds}`, async () => {
    for (const [place, kind] of kinds.entries()) {
      for (const value of VALUES) {
        const values = kinds.map((each, i) => (i === place ? value : RIGHT[each]));
        let thrown;
        try {
          await call(...values);
        } catch (error) {
          thrown = error;
        }
        const is_right = KINDS[kind](value) || (name.includes('enableExternalScorer(') &&
                                                value instanceof Uint8Array);
        if (is_right) {  // the library may refuse it, as it does that file
          assert.ok(!(thrown instanceof TypeError), `${show(value)}: ${show(thrown)}`);
        } else {
          assert.ok(thrown instanceof TypeError || thrown instanceof RangeError,
                    `${show(value)}: ${show(thrown)}`);
          assert.ok(!thrown.message.includes('\n'), thrown.message);
        }
      }
    }
  });
}

test('too few arguments, and methods of others', () => {
  for (const name of Object.getOwnPropertyNames(ds.Model.prototype)) {
    if (['constructor', 'info'].includes(name)) continue;
    const other = () => ds.Model.prototype[name].call({}, clear.audio, 'a');
    if (name.endsWith('Async')) return assert.rejects(async () => other(), TypeError);
    assert.throws(other, TypeError, name);
  }
  assert.throws(() => model.stt(), TypeError);
  assert.throws(() => ds.Model(path), TypeError);
  assert.throws(() => model.createStream().endpoint.call(model), TypeError);
});

test('memory that has gone, or lies askew', async () => {
  assert.strictEqual(typeof model.stt(detached), 'string');
  assert.strictEqual(typeof await model.sttAsync(detached), 'string');
  const askew = Buffer.alloc(clear.audio.length + 1);
  clear.audio.copy(askew, 1);
  assert.strictEqual(model.stt(new Uint8Array(askew.buffer, askew.byteOffset + 1,
                                              clear.audio.length)), clear.text);
});

test('failures have the text of 0.9.3', async () => {
  const failing = [
    [() => new ds.Model('/no/file'), /^CreateModel failed: .*'\/no\/file'.* \(0x3000\)$/],
    [() => new ds.Model(''), /^CreateModel failed: Missing model information\..* \(0x1000\)$/],
    [() => model.setBeamWidth(0), /^SetModelBeamWidth failed: .* \(0x[0-9a-f]{4}\)$/],
    [() => model.enableExternalScorer('/no/file'),
     /^EnableExternalScorer failed: .*\/no\/file.* \(0x2002\)$/],
    [() => model.disableExternalScorer(), /^DisableExternalScorer failed: .* \(0x2004\)$/],
    [() => model.setScorerAlphaBeta(1, 1), /^SetScorerAlphaBeta failed: .* \(0x2004\)$/],
    [() => { model.addHotWord('twice', 1); model.addHotWord('twice', 1); },
     /^addHotWord failed: .* \(0x3008\)$/],
    [() => model.eraseHotWord('none'), /^eraseHotWord failed: .* \(0x3010\)$/],
  ];
  for (const [call, text] of failing) {
    assert.throws(call, (thrown) => typeof thrown === 'string' && text.test(thrown), String(call));
  }
  await assert.rejects(ds.Model.open('/no/file'), { code: 'DS_ERR_FAIL_INIT_MMAP',
                                                    message: failing[0][1] });
  await assert.rejects(model.enableExternalScorerAsync('/no/file'), {
    code: 'DS_ERR_INVALID_SCORER' });
  assert.throws(() => model.stt(Buffer.alloc(3)), { message: /must be even/ });
  assert.throws(() => ds.readAudio('/no/file.wav'), { message: /\/no\/file\.wav/ });
  await assert.rejects(ds.readAudioAsync('/no/file.wav'), { message: /\/no\/file\.wav/ });
});

test('what has ended says so', async () => {
  for (const end of [(stream) => stream.finishStream(), ds.FreeStream,
                     (stream) => stream.finishStreamAsync(),
                     (stream) => stream.finishStreamWithMetadata(1)]) {
    const stream = model.createStream();
    await end(stream);
    assert.throws(() => stream.feedAudioContent(clear.audio), /already finished.*createStream/);
    assert.throws(() => stream.finishStream(), /already finished/);
    await assert.rejects(stream.intermediateDecodeAsync(), /already finished/);
    ds.FreeStream(stream);  // once more: nothing
  }
  const segmenter = new ds.Segmenter(16000);
  segmenter.finish();
  assert.throws(() => segmenter.feed(clear.audio), (thrown) => typeof thrown === 'string');
  const own = new ds.Model(path), stream = own.createStream();
  ds.FreeModel(own);
  ds.FreeModel(own);
  assert.throws(() => own.stt(clear.audio), /freed by FreeModel/);
  await assert.rejects(own.sttAsync(clear.audio), /freed by FreeModel/);
  stream.feedAudioContent(clear.audio);  // it may go on
  assert.strictEqual(stream.finishStream(), clear.text);
});
