// Models and streams of a started engine. What the C API (deepspeech.h) reports as a code is thrown
// as an Error with its message.
'use strict';

const RATE_LIMIT = 1 << 28;  // samples at once: half a gigabyte

// An engine that trapped has lost what it was doing: nothing of it can be used any more.
class Engine {
  constructor(module) {
    this.module = module;
    this.broken = null;
    module.FS.mkdir('/files');
    module.FS.chdir('/files');  // so that messages have the names alone
  }

  call(name, ...args) {
    if (this.broken) throw new Error(this.broken);
    try {
      return this.module[`_DS_${name}`](...args);
    } catch (error) {
      this.broken = `the engine stopped in ${name}: ${error.message || error}; it is out of ` +
                    'memory, or the model or scorer is damaged. Load them again';
      throw new Error(this.broken);
    }
  }

  text(address) {
    return this.module.UTF8ToString(address);
  }

  // A string that the caller owns.
  take(address, what) {
    if (address === 0) throw this.failure(what);
    const text = this.text(address);
    this.call('FreeString', address);
    return text;
  }

  failure(what, code) {
    let message = this.text(this.call('LastError'));
    if (code !== undefined) {
      if (!message) message = this.take(this.call('ErrorCodeToErrorMessage', code));
      message += ` (0x${code.toString(16)})`;
    }
    return new Error(`${what} failed: ${message || 'the engine does not say why'}`);
  }

  check(name, ...args) {
    const code = this.call(name, ...args);
    if (code !== 0) throw this.failure(name, code);
  }

  allocate(size) {
    const address = this.broken ? 0 : this.module._malloc(size || 1);
    if (address === 0) {
      throw new Error(this.broken || `there is no memory for ${size} bytes in the engine`);
    }
    return address;
  }

  // Has `use(address)` read memory that `fill(address)` has written.
  withMemory(size, fill, use) {
    const address = this.allocate(size);
    try {
      fill(address);
      return use(address);
    } finally {
      if (!this.broken) this.module._free(address);
    }
  }

  withString(text, use) {
    const size = this.module.lengthBytesUTF8(text) + 1;
    return this.withMemory(size, (at) => this.module.stringToUTF8(text, at, size), use);
  }

  withSamples(samples, use) {
    const pcm = asSamples(samples);
    if (pcm.length > RATE_LIMIT) {
      throw new Error(`${pcm.length} samples at once are too many: use a stream`);
    }
    return this.withMemory(2 * pcm.length, (at) => this.module.HEAP16.set(pcm, at >> 1),
                           (at) => use(at, pcm.length));
  }

  // Has `use(path)` open bytes as a file of this name. They are not copied for it, and let go of
  // afterwards, whoever still has the file open: all that is needed later was read.
  withFile(bytes, name, use) {
    const {FS} = this.module;
    const path = name.replace(/[/\0]/g, '_').replace(/^\.*$/, 'file');
    FS.writeFile(path, asBytes(bytes, name), {canOwn: true});
    try {
      return this.withString(path, use);
    } finally {
      FS.truncate(path, 0);
      FS.unlink(path);
    }
  }

  // A model in bytes. Its `name` is for messages.
  openModel(bytes, name) {
    return new Model(this, bytes, name);
  }

  version() {
    return this.take(this.call('Version'));
  }

  // Reads a Metadata and frees it; layout.cc says where its members are.
  metadata(address, what) {
    if (address === 0) throw this.failure(what);
    const {HEAPU32, HEAPF32, HEAPF64} = this.module;
    const transcripts = [];
    for (let i = 0; i < HEAPU32[address / 4 + 1]; ++i) {
      const transcript = HEAPU32[address / 4] + 16 * i;
      const tokens = [];
      for (let j = 0; j < HEAPU32[transcript / 4 + 1]; ++j) {
        const token = HEAPU32[transcript / 4] / 4 + 3 * j;
        tokens.push({text: this.text(HEAPU32[token]), timestep: HEAPU32[token + 1],
                     start_time: HEAPF32[token + 2]});
      }
      const trust = this.call('GetConfidences', address, i) / 4;
      transcripts.push({
        confidence: HEAPF64[transcript / 8 + 1], tokens,
        probability: HEAPF32[trust + 1], calibrated: HEAPU32[trust] !== 0,
        words: this.words(address, i, HEAPU32[trust + 4] / 4),
        ...this.meaning(address, i),
      });
    }
    this.call('FreeMetadata', address);
    return {transcripts};
  }

  // `trust`: where the confidences of the words are.
  words(metadata, transcript, trust) {
    return this.list('GetWords', metadata, transcript, 4, (word) => {
      const {HEAPU32, HEAPF32} = this.module;
      return {text: this.text(HEAPU32[word]), start_time: HEAPF32[word + 1],
              end_time: HEAPF32[word + 2], confidence: HEAPF32[word + 3]};
    }).map((word, i) => ({...word, probability: this.module.HEAPF32[trust + 3 * i]}));
  }

  // What a grammar makes of a transcript.
  meaning(metadata, transcript) {
    const intent = this.call('GetIntent', metadata, transcript);
    const slots = this.list('GetSlots', metadata, transcript, 5, (slot) => {
      const {HEAPU32, HEAPF32} = this.module;
      return {name: this.text(HEAPU32[slot]), text: this.text(HEAPU32[slot + 1]),
              value: this.text(HEAPU32[slot + 2]), start_time: HEAPF32[slot + 3],
              end_time: HEAPF32[slot + 4]};
    });
    return {intent: intent === 0 ? null : this.text(intent), slots};
  }

  // The structs of `size` words of 4 bytes that a function gives for a transcript.
  list(name, metadata, transcript, size, read) {
    return this.withMemory(4, () => {}, (count) => {
      const first = this.call(name, metadata, transcript, count) / 4;
      return Array.from({length: this.module.HEAPU32[count / 4]}, (_, i) => read(first + size * i));
    });
  }
}

function asBytes(bytes, name) {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  if (ArrayBuffer.isView(bytes)) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  throw new TypeError(`'${name}' is ${described(bytes)}: give a Uint8Array or an ArrayBuffer`);
}

// 16-bit samples from what programs hold them in; bytes are little endian.
function asSamples(samples) {
  if (samples instanceof Int16Array) return samples;
  if (samples instanceof ArrayBuffer || samples instanceof Uint8Array) {
    const bytes = asBytes(samples, 'samples');
    if (bytes.length % 2) {
      throw new TypeError(`the audio has ${bytes.length} bytes: 16-bit samples take two each`);
    }
    const whole = bytes.byteOffset % 2 ? bytes.slice() : bytes;
    return new Int16Array(whole.buffer, whole.byteOffset, whole.length / 2);
  }
  throw new TypeError(`the audio is ${described(samples)}: give an Int16Array of samples`);
}

function described(value) {
  return value === null || typeof value !== 'object' ? String(value) : value.constructor.name;
}

class Model {
  constructor(engine, bytes, name) {
    this.engine = engine;
    this.address = engine.withMemory(4, () => {}, (place) => {
      engine.withFile(bytes, name, (path) => engine.check('CreateModel', path, place));
      return engine.module.HEAPU32[place / 4];
    });
    this.sampleRate = engine.call('GetModelSampleRate', this.address);
    this.streams = new Set();
  }

  open() {
    if (this.address === 0) throw new Error('the model was freed');
    return this.address;
  }

  // Its streams go first: they could not be finished any more.
  free() {
    if (this.address === 0) return;
    for (const stream of [...this.streams]) stream.free();
    this.engine.call('FreeModel', this.address);
    this.address = 0;
  }

  get beamWidth() {
    return this.engine.call('GetModelBeamWidth', this.open());
  }

  set beamWidth(width) {
    this.engine.check('SetModelBeamWidth', this.open(), width);
  }

  enableScorer(bytes, name) {
    this.engine.withFile(bytes, name, (path) => {
      this.engine.check('EnableExternalScorer', this.open(), path);
    });
  }

  disableScorer() {
    this.engine.check('DisableExternalScorer', this.open());
  }

  setAlphaBeta(alpha, beta) {
    this.engine.check('SetScorerAlphaBeta', this.open(), alpha, beta);
  }

  addHotWord(word, boost) {
    this.engine.withString(word, (at) => this.engine.check('AddHotWord', this.open(), at, boost));
  }

  eraseHotWord(word) {
    this.engine.withString(word, (at) => this.engine.check('EraseHotWord', this.open(), at));
  }

  clearHotWords() {
    this.engine.check('ClearHotWords', this.open());
  }

  // A text (JSGF, a list in JSON, or a phrase a line), or a list of phrases.
  enableGrammar(grammar) {
    if (typeof grammar !== 'string' && !Array.isArray(grammar)) {
      throw new TypeError(`the grammar is ${described(grammar)}: give a text or a list of phrases`);
    }
    // What has more than one line is no path.
    const text = `${Array.isArray(grammar) ? grammar.join('\n') : grammar}\n`;
    this.engine.withString(text, (at) => this.engine.check('EnableGrammar', this.open(), at));
  }

  disableGrammar() {
    this.engine.check('DisableGrammar', this.open());
  }

  // Probabilities below which a text, or a word, becomes [unk].
  setRejection(texts = 0, words = 0) {
    this.engine.check('SetRejection', this.open(), texts, words);
  }

  transcribe(samples) {
    const model = this.open();
    return this.engine.withSamples(samples, (at, count) => this.engine.take(
        this.engine.call('SpeechToText', model, at, count), 'SpeechToText'));
  }

  transcribeWithMetadata(samples, results) {
    const model = this.open();
    return this.engine.withSamples(samples, (at, count) => this.engine.metadata(
        this.engine.call('SpeechToTextWithMetadata', model, at, count, results),
        'SpeechToTextWithMetadata'));
  }

  stream() {
    return new Stream(this);
  }
}

class Stream {
  constructor(model) {
    this.model = model;
    this.engine = model.engine;
    this.address = this.engine.withMemory(4, () => {}, (place) => {
      this.engine.check('CreateStream', model.open(), place);
      return this.engine.module.HEAPU32[place / 4];
    });
    model.streams.add(this);
  }

  open() {
    if (this.address === 0) throw new Error('the stream was finished or freed');
    return this.address;
  }

  // What ends the stream takes its address.
  end() {
    const address = this.open();
    this.address = 0;
    this.model.streams.delete(this);
    return address;
  }

  feed(samples) {
    const stream = this.open();
    this.engine.withSamples(samples, (at, count) => {
      this.engine.call('FeedAudioContent', stream, at, count);
    });
    const said = this.engine.text(this.engine.call('LastError'));
    if (said) throw new Error(`FeedAudioContent failed: ${said}`);
  }

  // The usual rules with those that are given in their place.
  setEndpointRules(rules) {
    const {silence_before = 2.4, silence_after = 1.2, longest = 20} = rules;
    this.engine.withMemory(16, (at) => {
      this.engine.module.HEAPU32[at / 4] = 16;
      this.engine.module.HEAPF32.set([silence_before, silence_after, longest], at / 4 + 1);
    }, (at) => this.engine.check('SetEndpointRules', this.open(), at));
  }

  // Whether an utterance has ended: 0 no, 1 nothing was said, 2 pause, 3 too long.
  get endpoint() {
    return this.engine.call('StreamEndpoint', this.open());
  }

  text() {
    return this.engine.take(this.engine.call('IntermediateDecode', this.open()),
                            'IntermediateDecode');
  }

  textOfAll() {
    return this.engine.take(this.engine.call('IntermediateDecodeFlushBuffers', this.open()),
                            'IntermediateDecodeFlushBuffers');
  }

  metadata(results) {
    return this.engine.metadata(
        this.engine.call('IntermediateDecodeWithMetadata', this.open(), results),
        'IntermediateDecodeWithMetadata');
  }

  metadataOfAll(results) {
    return this.engine.metadata(
        this.engine.call('IntermediateDecodeWithMetadataFlushBuffers', this.open(), results),
        'IntermediateDecodeWithMetadataFlushBuffers');
  }

  finish() {
    return this.engine.take(this.engine.call('FinishStream', this.end()), 'FinishStream');
  }

  finishWithMetadata(results) {
    return this.engine.metadata(
        this.engine.call('FinishStreamWithMetadata', this.end(), results),
        'FinishStreamWithMetadata');
  }

  free() {
    if (this.address !== 0) this.engine.call('FreeStream', this.end());
  }
}
