'use strict';
// Every function says what the Python package says.

const assert = require('assert');
const { test } = require('node:test');
const ds = require('deepspeech');
const { model: path, pb, scorer, said, clear, aligned, keywords, slots } = require('./facts');

const model = new ds.Model(path);
const int16 = (audio) => new Int16Array(audio.buffer.slice(
  audio.byteOffset, audio.byteOffset + audio.byteLength));

for (const each of said) {
  test(`metadata and samples of ${each.path}`, async () => {
    const { transcripts } = await model.sttWithMetadataAsync(each.audio, 3);
    assert.deepStrictEqual(transcripts, each.transcripts);
    assert.deepStrictEqual(ds.readAudio(each.path), int16(each.audio));
  });
}

for (const each of said.slice(0, 4)) {
  test(`texts of ${each.path}`, async () => {
    assert.strictEqual(model.stt(each.audio), each.text);
    assert.strictEqual(model.stt(int16(each.audio)), each.text);
    assert.strictEqual(await model.sttAsync(each.audio), each.text);
    assert.deepStrictEqual(model.sttWithMetadata(each.audio).transcripts,
                           each.transcripts.slice(0, 1));
    assert.deepStrictEqual(await ds.readAudioAsync(each.path), int16(each.audio));
  });

  test(`emissions and segments of ${each.path}`, async () => {
    for (const found of [model.emissions(each.audio), await model.emissionsAsync(each.audio)]) {
      const row = found.probabilities.subarray(5 * found.symbols.length,
                                               6 * found.symbols.length);
      assert.deepStrictEqual([...row], each.emissions);
      assert.strictEqual(found.probabilities.length, found.steps * found.symbols.length);
      assert.deepStrictEqual(found.symbols, [...model.info.labels, '']);
    }
    const segmenter = new ds.Segmenter(16000);
    const segments = [...segmenter.feed(each.audio), ...segmenter.feed(Buffer.alloc(64000))];
    assert.deepStrictEqual(segmenter.finish(), []);
    assert.deepStrictEqual(segments.map(({ start, end }) => [start, end]), each.segments);
  });
}

test('a stream says the same, fed in pieces, now or later', async () => {
  const now = model.createStream(), later = model.createStream();
  for (let at = 0; at < clear.audio.length; at += 8642) {
    now.feedAudioContent(clear.audio.subarray(at, at + 8642));
    await later.feedAudioContentAsync(clear.audio.subarray(at, at + 8642));
    assert.strictEqual(await later.intermediateDecodeAsync(), now.intermediateDecode());
    assert.deepStrictEqual(await later.intermediateDecodeWithMetadataAsync(2),
                           now.intermediateDecodeWithMetadata(2));
  }
  assert.strictEqual(now.intermediateDecodeFlushBuffers(), clear.text);
  assert.strictEqual(now.intermediateDecodeWithMetadataFlushBuffers().transcripts[0].text,
                     clear.text);
  assert.strictEqual(await later.intermediateDecodeFlushBuffersAsync(), clear.text);
  assert.strictEqual(
    (await later.intermediateDecodeWithMetadataFlushBuffersAsync()).transcripts[0].text,
    clear.text);
  assert.strictEqual(now.finishStream(), clear.text);
  const { transcripts } = await later.finishStreamWithMetadataAsync(1);
  assert.strictEqual(transcripts[0].text, clear.text);
  const third = model.createStream();
  third.feedAudioContent(clear.audio);
  assert.strictEqual(third.finishStreamWithMetadata().transcripts[0].text, clear.text);
  const fourth = model.createStream();
  await fourth.feedAudioContentAsync(clear.audio);
  assert.strictEqual(await fourth.finishStreamAsync(), clear.text);
});

test('a scorer, hot words and the beam width change what is said', async () => {
  const own = await ds.Model.open(pb);
  assert.strictEqual(own.beamWidth(), model.beamWidth());
  await own.enableExternalScorerAsync(scorer);
  for (const { audio, scored } of said) assert.strictEqual(own.stt(audio), scored);
  own.setScorerAlphaBeta(0, 0);
  own.disableExternalScorer();
  assert.strictEqual(own.stt(clear.audio), clear.text);
  own.enableExternalScorer(require('fs').readFileSync(scorer));
  own.addHotWord('doctor', -100);
  assert.notStrictEqual(own.stt(clear.audio), clear.scored);
  own.eraseHotWord('doctor');
  own.addHotWord('doctor', -100);
  own.clearHotWords();
  assert.strictEqual(own.stt(clear.audio), clear.scored);
  own.setBeamWidth(7);
  assert.strictEqual(own.beamWidth(), 7);
  const copy = ds.Model.fromBuffer(require('fs').readFileSync(path));
  assert.strictEqual(copy.stt(clear.audio), clear.text);
  assert.deepStrictEqual({ ...copy.info }, model.info);
});

test('a grammar has its say, in a model and in a stream', async () => {
  const own = new ds.Model(path), fs = require('fs'), os = require('os');
  const heard = (it) => { it.feedAudioContent(clear.audio); return it.finishStream(); };
  const phrase = clear.text.split(' ').slice(0, 2).join(' ');
  own.enableGrammar([phrase, 'nothing else']);
  const { transcripts } = own.sttWithMetadata(clear.audio);
  assert.ok([phrase, ''].includes(transcripts[0].text), transcripts[0].text);
  assert.ok(Array.isArray(transcripts[0].slots));
  const stream = own.createStream();
  stream.disableGrammar();
  stream.addHotWord('doctor', 0.1);
  stream.eraseHotWord('doctor');
  stream.clearHotWords();
  assert.strictEqual(heard(stream), clear.text);
  own.disableGrammar();
  const second = own.createStream();
  second.enableGrammar(`${clear.text}\nnothing else\n`);
  assert.strictEqual(heard(second), clear.text);
  const packed = `${fs.mkdtempSync(`${os.tmpdir()}/grammar`)}/packed`;
  await own.packGrammarAsync([clear.text], packed);
  await own.enableGrammarAsync(packed);
  assert.strictEqual(own.stt(clear.audio), clear.text);
  own.packGrammar(packed, packed.replace('packed', 'again'));
  fs.rmSync(require('path').dirname(packed), { recursive: true });
  assert.throws(() => own.enableGrammar('#JSGF V1.0;\nno grammar'),
                (thrown) => /^EnableGrammar failed: .* \(0x200a\)$/.test(thrown));
  assert.throws(() => own.enableGrammar(['a', 1]), TypeError);
});

test('a grammar says what slots of free speech are, with a scorer that knows them', async () => {
  const own = new ds.Model(path);
  assert.throws(() => own.enableGrammar(slots.grammar), (thrown) => /need a scorer/.test(thrown));
  own.enableExternalScorer(slots.scorer);
  own.enableGrammar(slots.grammar);
  const stream = own.createStream();
  stream.feedAudioContent(clear.audio);
  for (const { transcripts } of [own.sttWithMetadata(clear.audio),
                                 await own.sttWithMetadataAsync(clear.audio),
                                 stream.finishStreamWithMetadata()]) {
    assert.strictEqual(transcripts[0].text, slots.text);
    assert.deepStrictEqual(transcripts[0].slots, slots.found);
    assert.strictEqual(transcripts[0].slots[0].value, 'Dr. Jones');
  }
});

test('what is improbable is rejected', () => {
  const own = new ds.Model(path);
  own.setRejection(1, 1);
  assert.strictEqual(own.stt(clear.audio), '[unk]');
  own.setRejection();
  own.setOovCost(3);
  own.setOovCost(null);
  assert.strictEqual(own.stt(clear.audio), clear.text);
});

test('a stream hears keywords as Python does, and goes on', async () => {
  for (const size of [640, 9000, 1 << 20]) {
    const stream = model.createStream(), heard = [];
    stream.enableKeywords(keywords.list);
    for (let at = 0; at < clear.audio.length; at += size) {
      stream.feedAudioContent(clear.audio.subarray(at, at + size));
      heard.push(...(at % 3 ? stream.keywords() : await stream.keywordsAsync()));
    }
    heard.push(...stream.finishKeywords());
    assert(heard.length > 0);
    assert.deepStrictEqual(heard, keywords.heard);
    assert.throws(() => stream.keywords(), /finished|freed|ended/);
  }
  assert.throws(() => model.createStream().enableKeywords(['a #2']),
                (thrown) => /^EnableKeywords failed: .*line 1.* \(0x200b\)$/.test(thrown));
});

test('a hot word that cannot be spelt gives a warning', async () => {
  const warned = new Promise((resolve) => { process.once('warning', resolve); });
  model.addHotWord('naïve', 1);
  assert.match((await warned).message, /naïve/);
});

test('a text is aligned at once, later and piece by piece', async () => {
  const { audio, text } = said.find((each) => each.path === aligned.path);
  const stream = model.createAlignStream(text), second = model.createAlignStream(text);
  stream.feedAudioContent(audio);
  await second.feedAudioContentAsync(audio);
  const all = [model.align(audio, text), await model.alignAsync(audio, text),
               stream.finishStream(), await second.finishStreamAsync()];
  for (const { duration, lines } of all) {
    assert.strictEqual(duration, aligned.duration);
    assert.deepStrictEqual(lines[0].words.map((word) => word.text), aligned.words);
    assert.strictEqual(lines[0].words[0].letters.map((letter) => letter.text).join(''),
                       aligned.words[0]);
  }
});

test('an utterance ends with silence', async () => {
  const stream = model.createStream();
  stream.setEndpointRules({ silence_after: 0.5 });
  stream.feedAudioContent(clear.audio);
  assert.strictEqual(stream.endpoint(), ds.Endpoint.NONE);
  let why = 0;
  for (let i = 0; i < 40 && !why; ++i) {
    await stream.feedAudioContentAsync(Buffer.alloc(3200));
    why = await stream.endpointAsync();
  }
  assert.strictEqual(why, ds.Endpoint.SAID);
  ds.FreeStream(stream);
});

test('what 0.9.3 exports is there, for both kinds of modules', async () => {
  const imported = await import('deepspeech');
  for (const name of ['FreeMetadata', 'FreeModel', 'FreeStream', 'Model', 'Version']) {
    assert.strictEqual(imported[name], ds[name]);
    assert.strictEqual(imported.default[name], ds[name]);
  }
  assert.match(ds.Version(), /^\d+\.\d+\.\d+/);
  ds.FreeMetadata(model.sttWithMetadata(clear.audio));
});
