// DeepSpeech.load({model, scorer}): speech to text in a worker, by promises.
'use strict';

const SCRIPT = typeof document === 'object' && document.currentScript
    ? document.currentScript.src : '';
const HERE = SCRIPT.replace(/[^/]*$/, '');

// A worker of a script that may lie on another server, which Worker itself does not load.
function startWorker(url) {
  if (new URL(url, location.href).origin === location.origin) return new Worker(url);
  const loader = new Blob([`importScripts(${JSON.stringify(url)});`], {type: 'text/javascript'});
  return new Worker(URL.createObjectURL(loader));
}

// Calls of a worker; what fails there is an Error here.
class Calls {
  constructor(worker, onProgress) {
    this.worker = worker;
    this.waiting = new Map();
    this.last = 0;
    worker.onmessage = ({data}) => {
      if (data.progress) return onProgress && onProgress(data.progress);
      const {resolve, reject} = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      return data.error === undefined ? resolve(data.result) : reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(`the worker stopped: ${event.message || 'its script cannot be loaded'}`);
    };
  }

  call(method, args = [], transfer = []) {
    if (this.ended) return Promise.reject(new Error(this.ended));
    return new Promise((resolve, reject) => {
      this.worker.postMessage({id: ++this.last, method, args}, transfer);
      this.waiting.set(this.last, {resolve, reject});
    });
  }

  end(why) {
    this.ended = why;
    this.worker.terminate();
    for (const {reject} of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
  }
}

// An address counts from the page, not from the worker.
function source(given) {
  return typeof given === 'string' || given instanceof URL
      ? new URL(given, location.href).href : given;
}

// Buffers to hand over to the worker; files and addresses are not bytes.
function buffers(...sources) {
  const all = sources.map((given) => (ArrayBuffer.isView(given) ? given.buffer : given));
  return [...new Set(all.filter((given) => given instanceof ArrayBuffer))];
}

// A copy of samples that can be handed over.
function copied(samples) {
  if (!ArrayBuffer.isView(samples) && !(samples instanceof ArrayBuffer)) {
    throw new TypeError('the audio is no array: give an Int16Array, or a Float32Array in -1..1');
  }
  return samples.slice();
}

class DeepSpeechStream {
  constructor(calls, id) {
    this.calls = calls;
    this.id = id;
  }

  // Int16Array, or Float32Array in -1..1. Returns {partial, final}: the text so far, and that of an
  // utterance that has ended, or null.
  async feed(samples) {
    const copy = copied(samples);
    return this.calls.call('feed', [this.id, copy], buffers(copy));
  }

  intermediateDecodeWithMetadata(results = 1) {
    return this.calls.call('metadata', [this.id, results]);
  }

  // The text of what was fed since the last end of an utterance; ends the stream.
  finish() {
    return this.calls.call('finish', [this.id]);
  }

  finishWithMetadata(results = 1) {
    return this.calls.call('finish', [this.id, results]);
  }

  free() {
    return this.calls.call('freeStream', [this.id]);
  }
}

class DeepSpeech {
  // `model`, `scorer`: an address, a File or Blob, or bytes, which are handed over. Also
  // `beamWidth`, `alpha` and `beta`, `hotWords` {word: boost}, `onProgress({file, loaded, total})`,
  // `base` (the folder of the worker, if not this script's), `simd` (false: the plain build).
  static async load(options) {
    const {onProgress, base = HERE, ...rest} = options;
    if (!rest.model) throw new TypeError('give a model: DeepSpeech.load({model: address or file})');
    const folder = new URL(base || '.', location.href).href;
    const worker = startWorker(new URL('stt_wasm.worker.js', folder).href);
    const calls = new Calls(worker, onProgress);
    const model = source(rest.model), scorer = source(rest.scorer);
    try {
      const facts = await calls.call('load', [{...rest, model, scorer, base: folder}],
                                     buffers(model, scorer));
      return new DeepSpeech(calls, facts);
    } catch (error) {
      calls.end('the model could not be loaded');
      throw error;
    }
  }

  constructor(calls, {sampleRate, version}) {
    this.calls = calls;
    this.sampleRate = sampleRate;
    this.version = version;
  }

  async speechToText(samples) {
    const copy = copied(samples);
    return this.calls.call('speechToText', [copy], buffers(copy));
  }

  // {transcripts: [{confidence, probability, calibrated, intent,
  //                 tokens: [{text, timestep, start_time}],
  //                 words: [{text, start_time, end_time, confidence, probability}],
  //                 slots: [{name, text, value, start_time, end_time}]}]}
  async speechToTextWithMetadata(samples, results = 1) {
    const copy = copied(samples);
    return this.calls.call('speechToTextWithMetadata', [copy, results], buffers(copy));
  }

  // `sampleRate`: of what will be fed, if not the model's. `endpoint`: true, or rules
  // {silence_before, silence_after, longest} in seconds: the stream goes on after each utterance.
  async createStream({sampleRate, endpoint} = {}) {
    const rules = endpoint === true ? {} : endpoint || null;
    return new DeepSpeechStream(
        this.calls, await this.calls.call('createStream', [{sampleRate, endpoint: rules}]));
  }

  // The samples of an audio file (Blob) in any format that the browser plays.
  async decodeAudio(file) {
    const audio = new OfflineAudioContext(1, 1, this.sampleRate);
    const decoded = await audio.decodeAudioData(await file.arrayBuffer()).catch((error) => {
      throw new Error(`'${file.name || 'audio'}' cannot be decoded: ${error.message}`);
    });
    const channels = Array.from({length: decoded.numberOfChannels},
                                (_, i) => decoded.getChannelData(i));
    return Int16Array.from(channels[0], (_, i) => {
      const mean = channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length;
      return Math.max(-32768, Math.min(32767, Math.round(32768 * mean)));
    });
  }

  enableExternalScorer(scorer) {
    const from = source(scorer);
    return this.calls.call('enableExternalScorer', [from], buffers(from));
  }

  // Ends the worker: what is still computed fails.
  free() {
    this.calls.end('the model was freed');
  }
}

for (const name of ['disableExternalScorer', 'setScorerAlphaBeta', 'addHotWord', 'eraseHotWord',
                    'clearHotWords', 'enableGrammar', 'disableGrammar', 'setRejection',
                    'getModelBeamWidth', 'setModelBeamWidth', 'memory']) {
  DeepSpeech.prototype[name] = function call(...args) {
    return this.calls.call(name, args);
  };
}
