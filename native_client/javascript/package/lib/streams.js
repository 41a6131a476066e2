'use strict';
// What is fed piece by piece. Asynchronous calls of one of these run in their order, one at a time.

const { native, own, of, warn } = require('./native');
const { asText } = require('./grammar');
const { heldForLater, letGo } = require('./audio');
const { metadata, alignment, atOnce, inTurns } = require('./results');

class Fed {
  #what;
  #last = Promise.resolve();
  #waiting = 0;

  constructor(made, what) {
    this.#what = what;
    own(this, made);
  }

  /** Calls the addon now. */
  _call(name, ...values) {
    const made = of(this, this.#what);
    if (this.#waiting > 0) {
      throw new Error('the stream is busy with asynchronous calls: await them first');
    }
    return native[name](made, ...values);
  }

  /** Calls it on another thread when all calls so far are done. */
  async _callLater(name, ...values) {
    const made = of(this, this.#what);
    this.#waiting += 1;
    const before = this.#last;
    let done;
    this.#last = new Promise((resolve) => { done = resolve; });
    try {
      const ready = await Promise.all(values);
      await before;
      const result = native.later[name](made, ...ready);
      ready.forEach(letGo);
      return await result;
    } finally {
      this.#waiting -= 1;
      done();
    }
  }

  async _feedLater(name, audio) {
    return this._callLater(name, heldForLater(audio));
  }
}

/** An utterance in progress, made by Model.createStream(). */
class Stream extends Fed {
  constructor(made) {
    super(made, 'a Stream');
  }

  feedAudioContent(aBuffer) {
    this._call('feedAudioContent', aBuffer);
  }

  intermediateDecode() {
    return this._call('intermediateDecode');
  }

  intermediateDecodeWithMetadata(aNumResults = 1) {
    return atOnce(metadata, this._call('intermediateDecodeWithMetadata', aNumResults));
  }

  intermediateDecodeFlushBuffers() {
    return this._call('intermediateDecodeFlushBuffers');
  }

  intermediateDecodeWithMetadataFlushBuffers(aNumResults = 1) {
    return atOnce(metadata, this._call('intermediateDecodeWithMetadataFlushBuffers', aNumResults));
  }

  finishStream() {
    return this._call('finishStream');
  }

  finishStreamWithMetadata(aNumResults = 1) {
    return atOnce(metadata, this._call('finishStreamWithMetadata', aNumResults));
  }

  addHotWord(aWord, aBoost) {
    warn(this._call('addStreamHotWord', aWord, aBoost));
  }

  eraseHotWord(aWord) {
    this._call('eraseStreamHotWord', aWord);
  }

  clearHotWords() {
    this._call('clearStreamHotWords');
  }

  enableGrammar(grammar) {
    this._call('enableStreamGrammar', asText(grammar));
  }

  disableGrammar() {
    this._call('disableStreamGrammar');
  }

  enableKeywords(list) {
    this._call('enableKeywords', asText(list));
  }

  keywords() {
    return this._call('keywords');
  }

  keywordsAsync() {
    return this._callLater('keywords');
  }

  finishKeywords() {
    const heard = this._call('endKeywords');
    native.free(of(this, 'a Stream'));
    return heard;
  }

  setEndpointRules(rules = {}) {
    const { silence_before = 2.4, silence_after = 1.2, longest = 20 } = rules;
    this._call('setEndpointRules', silence_before, silence_after, longest);
  }

  endpoint() {
    return this._call('endpoint');
  }

  feedAudioContentAsync(aBuffer) {
    return this._feedLater('feedAudioContent', aBuffer);
  }

  intermediateDecodeAsync() {
    return this._callLater('intermediateDecode');
  }

  intermediateDecodeWithMetadataAsync(aNumResults = 1) {
    return inTurns(metadata, this._callLater('intermediateDecodeWithMetadata', aNumResults));
  }

  intermediateDecodeFlushBuffersAsync() {
    return this._callLater('intermediateDecodeFlushBuffers');
  }

  intermediateDecodeWithMetadataFlushBuffersAsync(aNumResults = 1) {
    return inTurns(metadata, this._callLater('intermediateDecodeWithMetadataFlushBuffers',
                                             aNumResults));
  }

  finishStreamAsync() {
    return this._callLater('finishStream');
  }

  finishStreamWithMetadataAsync(aNumResults = 1) {
    return inTurns(metadata, this._callLater('finishStreamWithMetadata', aNumResults));
  }

  endpointAsync() {
    return this._callLater('endpoint');
  }
}

/** An alignment in progress, made by Model.createAlignStream(). */
class AlignStream extends Fed {
  constructor(made) {
    super(made, 'an AlignStream');
  }

  feedAudioContent(aBuffer) {
    this._call('feedAlignStream', aBuffer);
  }

  finishStream() {
    return atOnce(alignment, this._call('finishAlignStream'));
  }

  feedAudioContentAsync(aBuffer) {
    return this._feedLater('feedAlignStream', aBuffer);
  }

  finishStreamAsync() {
    return inTurns(alignment, this._callLater('finishAlignStream'));
  }
}

/** Finds where somebody speaks, in samples as they come. No model is needed. */
class Segmenter {
  constructor(sampleRate, options = {}) {
    const { pause_ms = 500, padding_ms = 200, shortest_ms = 100, longest_ms = 20000,
            threshold = 0.9 } = options;
    own(this, native.createSegmenter(sampleRate, pause_ms, padding_ms, shortest_ms, longest_ms,
                                     threshold));
  }

  feed(aBuffer) {
    return native.feedSegmenter(of(this, 'a Segmenter'), aBuffer);
  }

  finish() {
    return native.finishSegmenter(of(this, 'a Segmenter'));
  }
}

module.exports = { Stream, AlignStream, Segmenter };
