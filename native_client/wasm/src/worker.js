// The worker behind DeepSpeech.load: one model, its streams, and the calls that come as messages
// {id, method, args}, each answered with {id, result} or {id, error}.
'use strict';

let engine = null, model = null, lastStream = 0;
const streams = new Map();

// A stream that resamples, and begins the next utterance where one has ended.
class LiveStream {
  constructor({sampleRate = model.sampleRate, endpoint = null}) {
    this.resampler = new Resampler(sampleRate, model.sampleRate);
    this.endpoint = endpoint;
    this.begin();
  }

  begin() {
    this.stream = model.stream();
    if (this.endpoint) this.stream.setEndpointRules(this.endpoint);
  }

  feed(samples) {
    const pcm = this.resampler.feed(
        samples instanceof Float32Array ? samples : asSamples(samples));
    if (pcm.length > 0) this.stream.feed(pcm);
    if (!this.endpoint || !this.stream.endpoint) return {partial: this.stream.text(), final: null};
    const final = this.stream.finish();
    this.begin();
    return {partial: '', final};
  }

  finish(results) {
    const rest = this.resampler.finish();
    if (rest.length > 0) this.stream.feed(rest);
    return results === undefined ? this.stream.finish() : this.stream.finishWithMetadata(results);
  }
}

// What a program gives as model or scorer: an address, a File, or bytes.
async function contents(source, what, report) {
  if (typeof source === 'string') {
    const name = source.startsWith('data:') ? what
        : decodeURIComponent(new URL(source).pathname.split('/').pop());
    const bytes = await bytesOf(source, (loaded, total) => report(what, loaded, total));
    return [bytes, name || what];
  }
  if (source instanceof Blob) return [await source.arrayBuffer(), source.name || what];
  return [source, what];
}

async function useScorer(source) {
  const [bytes, name] = await contents(source, 'scorer', tell);
  model.enableScorer(bytes, name);
}

function tell(file, loaded, total) {
  postMessage({progress: {file, loaded, total}});
}

function streamOf(id) {
  const stream = streams.get(id);
  if (!stream) throw new Error('the stream was finished or freed');
  return stream;
}

const METHODS = {
  async load({base, simd, model: source, scorer, beamWidth, alpha, beta, hotWords = {}}) {
    const [started, [bytes, name]] = await Promise.all(
        [loadEngine({base, simd}), contents(source, 'model', tell)]);
    engine = new Engine(started);
    model = engine.openModel(bytes, name);
    if (scorer) await useScorer(scorer);
    if (beamWidth !== undefined) model.beamWidth = beamWidth;
    if (alpha !== undefined || beta !== undefined) model.setAlphaBeta(alpha, beta);
    for (const [word, boost] of Object.entries(hotWords)) model.addHotWord(word, boost);
    return {sampleRate: model.sampleRate, version: engine.version()};
  },

  enableExternalScorer: useScorer,
  disableExternalScorer: () => model.disableScorer(),
  setScorerAlphaBeta: (alpha, beta) => model.setAlphaBeta(alpha, beta),
  addHotWord: (word, boost) => model.addHotWord(word, boost),
  eraseHotWord: (word) => model.eraseHotWord(word),
  clearHotWords: () => model.clearHotWords(),
  enableGrammar: (grammar) => model.enableGrammar(grammar),
  disableGrammar: () => model.disableGrammar(),
  setRejection: (texts, words) => model.setRejection(texts, words),
  getModelBeamWidth: () => model.beamWidth,
  setModelBeamWidth: (width) => { model.beamWidth = width; },
  speechToText: (samples) => model.transcribe(samples),
  speechToTextWithMetadata: (samples, results) => model.transcribeWithMetadata(samples, results),
  memory: () => engine.module.HEAPU8.length,

  createStream(options) {
    streams.set(++lastStream, new LiveStream(options));
    return lastStream;
  },
  feed: (id, samples) => streamOf(id).feed(samples),
  metadata: (id, results) => streamOf(id).stream.metadata(results),
  finish(id, results) {
    const stream = streamOf(id);
    streams.delete(id);
    return stream.finish(results);
  },
  freeStream(id) {
    const stream = streams.get(id);
    streams.delete(id);
    if (stream) stream.stream.free();
  },
};

// One after the other: a model that is being loaded is loaded when the next call comes.
let queue = Promise.resolve();
onmessage = ({data: {id, method, args}}) => {
  queue = queue.then(async () => {
    try {
      postMessage({id, result: await METHODS[method](...args)});
    } catch (error) {
      postMessage({id, error: error.message || String(error)});
    }
  });
};
