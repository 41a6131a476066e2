'use strict';
// Speech to text with models exported by DeepSpeech: the functions of npm's deepspeech 0.9.3, and
// beside each that computes one whose name ends with Async. index.d.ts describes all of them.

const { native, own, of, warn } = require('./lib/native');
const { held, letGo } = require('./lib/audio');
const { asText } = require('./lib/grammar');
const { metadata, alignment, atOnce, inTurns } = require('./lib/results');
const { Stream, AlignStream, Segmenter } = require('./lib/streams');
const { Transcriber } = require('./lib/transcriber');

const Endpoint = Object.freeze({ NONE: 0, NOTHING_SAID: 1, SAID: 2, TOO_LONG: 3 });

const OPENED = Symbol('opened');  // how a Model is made of what the addon has opened

function opening(aModelPath, options = {}) {
  const { fp32 = false, threads = 0 } = options;
  return [aModelPath, fp32, threads];
}

/** An exported network with its beam width, scorer and hot words. */
class Model {
  constructor(aModelPath, options) {
    own(this, aModelPath && aModelPath[OPENED] ? aModelPath[OPENED]
      : native.createModel(...opening(aModelPath, options)));
  }

  static async open(aModelPath, options) {
    return new Model({ [OPENED]: await native.later.createModel(...opening(aModelPath, options)) });
  }

  static fromBuffer(data) {
    return new Model({ [OPENED]: native.createModelFromBuffer(data) });
  }

  #call(name, ...values) {
    return native[name](of(this, 'a Model'), ...values);
  }

  async #callLater(name, ...values) {
    const model = of(this, 'a Model');
    return native.later[name](model, ...values);
  }

  async #hearLater(name, aBuffer, ...values) {
    const model = of(this, 'a Model');
    const holding = held(aBuffer);
    const audio = holding instanceof Promise ? await holding : holding;
    const result = native.later[name](model, audio, ...values);
    letGo(audio);
    return result;
  }

  get info() {
    return this.#call('info');
  }

  beamWidth() {
    return this.#call('beamWidth');
  }

  setBeamWidth(aBeamWidth) {
    this.#call('setBeamWidth', aBeamWidth);
  }

  sampleRate() {
    return this.#call('sampleRate');
  }

  enableExternalScorer(aScorer) {
    this.#call(scorerBy(aScorer), aScorer);
  }

  disableExternalScorer() {
    this.#call('disableExternalScorer');
  }

  setScorerAlphaBeta(aLMAlpha, aLMBeta) {
    this.#call('setScorerAlphaBeta', aLMAlpha, aLMBeta);
  }

  setOovCost(cost) {
    this.#call('setOovCost', cost === null ? Infinity : cost);
  }

  setRejection(texts = 0, words = 0) {
    this.#call('setRejection', texts, words);
  }

  enableGrammar(grammar) {
    this.#call('enableGrammar', asText(grammar));
  }

  disableGrammar() {
    this.#call('disableGrammar');
  }

  packGrammar(grammar, packedPath) {
    this.#call('packGrammar', asText(grammar), packedPath);
  }

  addHotWord(aWord, aBoost) {
    warn(this.#call('addHotWord', aWord, aBoost));
  }

  eraseHotWord(aWord) {
    this.#call('eraseHotWord', aWord);
  }

  clearHotWords() {
    this.#call('clearHotWords');
  }

  stt(aBuffer) {
    return this.#call('stt', aBuffer);
  }

  sttWithMetadata(aBuffer, aNumResults = 1) {
    return atOnce(metadata, this.#call('sttWithMetadata', aBuffer, aNumResults));
  }

  emissions(aBuffer) {
    return this.#call('emissions', aBuffer);
  }

  align(aBuffer, text) {
    return atOnce(alignment, this.#call('align', aBuffer, text));
  }

  createStream() {
    return new Stream(this.#call('createStream'));
  }

  createAlignStream(text) {
    return new AlignStream(this.#call('createAlignStream', text));
  }

  createTranscriber(options) {
    return new Transcriber(this, options);
  }

  async enableExternalScorerAsync(aScorerPath) {
    await this.#callLater('enableExternalScorer', aScorerPath);
  }

  async enableGrammarAsync(grammar) {
    await this.#callLater('enableGrammar', asText(grammar));
  }

  async packGrammarAsync(grammar, packedPath) {
    await this.#callLater('packGrammar', asText(grammar), packedPath);
  }

  sttAsync(aBuffer) {
    return this.#hearLater('stt', aBuffer);
  }

  sttWithMetadataAsync(aBuffer, aNumResults = 1) {
    return inTurns(metadata, this.#hearLater('sttWithMetadata', aBuffer, aNumResults));
  }

  emissionsAsync(aBuffer) {
    return this.#hearLater('emissions', aBuffer);
  }

  alignAsync(aBuffer, text) {
    return inTurns(alignment, this.#hearLater('align', aBuffer, text));
  }
}

function scorerBy(scorer) {
  return scorer instanceof Uint8Array ? 'enableExternalScorerFromBuffer' : 'enableExternalScorer';
}

function FreeModel(model) {
  native.free(of(model, 'a Model'));
}

function FreeStream(stream) {
  native.free(of(stream, 'a Stream'));
}

/** Metadata are plain objects: there is nothing to free. */
function FreeMetadata(metadata) {
  if (metadata === null || typeof metadata !== 'object') {
    throw new TypeError(`metadata is ${String(metadata)}: expected what sttWithMetadata() returns`);
  }
}

function Version() {
  return native.version();
}

function printVersions() {
  console.log(`DeepSpeech ${Version()}`);
  console.error(`Runtime: ${process.versions.electron ? 'Electron' : 'Node'}`);
}

function samples(read) {
  if (typeof read === 'string') throw new Error(read);
  return read;
}

function readAudio(path, sampleRate = 16000) {
  return samples(native.readAudio(path, sampleRate));
}

async function readAudioAsync(path, sampleRate = 16000) {
  return samples(await native.later.readAudio(path, sampleRate));
}

module.exports = {
  Endpoint, FreeMetadata, FreeModel, FreeStream, Model, Segmenter, Version, printVersions,
  readAudio, readAudioAsync,
};
