'use strict';
// A stream.Transform from samples to what was said.

const { Transform } = require('stream');
const { native, of } = require('./native');

const NOTHING_SAID = 1;
const SLICE_SECS = 0.5;  // at a time, so that no end of an utterance is passed over
const FORWARD_SECS = 0.1;  // of new audio that a partial text is worth
const BIDIRECTIONAL_SECS = 2;

/**
 * Samples in: Buffers of any length, s16le, mono, at the model's rate. Objects out: an utterance
 * each, and texts of the one in progress where `partial` asks for them.
 */
class Transcriber extends Transform {
  #model;
  #rate;
  #rules;
  #partialEvery;
  #stream = null;  // of the utterance in progress: who waits takes no memory
  #half = Buffer.alloc(0);  // of a sample that came in two pieces
  #start = 0;  // of the utterance, in samples
  #fed = 0;
  #shown = 0;
  #text = '';

  constructor(model, options = {}) {
    const { partial = false, endpoint = true, silence_before = 2.4, silence_after = 1.2,
            longest = 20 } = options;
    super({ readableObjectMode: true });
    this.#model = model;
    this.#rate = model.sampleRate();
    this.#rules = endpoint ? { silence_before, silence_after, longest } : null;
    const every = model.info.bidirectional ? BIDIRECTIONAL_SECS : FORWARD_SECS;
    this.#partialEvery = partial ? every * this.#rate : Infinity;
  }

  _transform(chunk, encoding, callback) {
    this.#hear(Buffer.from(chunk, encoding)).then(() => callback(), callback);
  }

  _flush(callback) {
    const last = this.#stream ? this.#end(false) : Promise.resolve();
    last.then(() => callback(), callback);
  }

  _destroy(error, callback) {
    if (this.#stream) native.free(of(this.#stream, 'a Stream'));
    this.#stream = null;
    callback(error);
  }

  async #hear(chunk) {
    const data = this.#half.length ? Buffer.concat([this.#half, chunk]) : chunk;
    const even = data.length - data.length % 2;
    this.#half = Buffer.from(data.subarray(even));
    const step = 2 * Math.round(SLICE_SECS * this.#rate);
    for (let at = 0; at < even && !this.destroyed; at += step) {
      await this.#feed(data.subarray(at, Math.min(at + step, even)));
    }
  }

  async #feed(slice) {
    if (!this.#stream) {
      this.#stream = this.#model.createStream();
      if (this.#rules) this.#stream.setEndpointRules(this.#rules);
    }
    const stream = this.#stream;
    await stream.feedAudioContentAsync(slice);
    this.#fed += slice.length / 2;
    const ended = this.#rules ? await stream.endpointAsync() : 0;
    if (ended) {
      await this.#end(ended === NOTHING_SAID);
    } else if (this.#fed - this.#shown >= this.#partialEvery) {
      this.#shown = this.#fed;
      const text = await stream.intermediateDecodeAsync();
      if (text !== this.#text) this.push({ text, is_final: false, ...this.#times() });
      this.#text = text;
    }
  }

  #times() {
    return { start_time: this.#start / this.#rate, end_time: this.#fed / this.#rate };
  }

  async #end(isSilent) {
    const stream = this.#stream;
    const times = this.#times();
    this.#stream = null;
    this.#start = this.#shown = this.#fed;
    this.#text = '';
    if (isSilent) {  // networks read letters in nothing at all
      native.free(of(stream, 'a Stream'));
      return;
    }
    const [best] = (await stream.finishStreamWithMetadataAsync()).transcripts;
    if (!best || !best.text) return;
    const words = best.words.map((word) => ({
      ...word,
      start_time: word.start_time + times.start_time,
      end_time: word.end_time + times.start_time,
    }));
    this.push({ text: best.text, is_final: true, ...times, words });
  }
}

module.exports = { Transcriber };
