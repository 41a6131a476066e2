// STT(options): the names of Coqui's stt-wasm, which returns a promise of them.
'use strict';

// What Emscripten makes of a std::vector.
class Vector {
  constructor(values = []) {
    this.values = values;
  }

  size() {
    return this.values.length;
  }

  get(index) {
    return this.values[index];
  }

  set(index, value) {
    if (index < 0 || index >= this.values.length) return false;
    this.values[index] = value;
    return true;
  }

  push_back(value) {
    this.values.push(value);
  }

  resize(size, value) {
    while (this.values.length < size) this.values.push(value);
    this.values.length = size;
  }

  delete() {
    this.values = [];
  }
}
class CandidateTranscriptStubVector extends Vector {}
class TokenMetadataStubVector extends Vector {}

// Samples; programs fill it one by one.
class VectorShort {
  constructor() {
    this.room = new Int16Array(1 << 12);
    this.count = 0;
  }

  size() {
    return this.count;
  }

  get(index) {
    return index < this.count ? this.room[index] : undefined;
  }

  set(index, value) {
    if (index < 0 || index >= this.count) return false;
    this.room[index] = value;
    return true;
  }

  push_back(value) {
    if (this.count === this.room.length) this.reserve(2 * this.count);
    this.room[this.count++] = value;
  }

  resize(size, value = 0) {
    if (size > this.room.length) this.reserve(size);
    if (size > this.count) this.room.fill(value, this.count, size);
    this.count = size;
  }

  reserve(size) {
    const room = new Int16Array(size);
    room.set(this.room.subarray(0, this.count));
    this.room = room;
  }

  delete() {
    this.room = new Int16Array(1);
    this.count = 0;
  }
}

function samplesOf(vector) {
  return vector instanceof VectorShort ? vector.room.subarray(0, vector.count) : vector;
}

function inVectors({transcripts}) {
  return {
    transcripts: new CandidateTranscriptStubVector(transcripts.map(
        ({confidence, tokens}) => ({confidence, tokens: new TokenMetadataStubVector(tokens)}))),
    delete() {},
  };
}

class SttStream {
  constructor(stream) {
    this.stream = stream;
  }

  feedAudioContent(samples) {
    this.stream.feed(samplesOf(samples));
  }

  intermediateDecode() {
    return this.stream.text();
  }

  intermediateDecodeWithMetadata(results = 1) {
    return inVectors(this.stream.metadata(results));
  }

  intermediateDecodeFlushBuffers() {
    return this.stream.textOfAll();
  }

  intermediateDecodeWithMetadataFlushBuffers(results = 1) {
    return inVectors(this.stream.metadataOfAll(results));
  }

  finishStream() {
    return this.stream.finish();
  }

  finishStreamWithMetadata(results = 1) {
    return inVectors(this.stream.finishWithMetadata(results));
  }

  delete() {
    this.stream.free();
  }
}

function modelClass(engine) {
  return class {
    constructor(bytes) {
      this.model = engine.openModel(bytes, 'model');
    }

    getSampleRate() {
      return this.model.sampleRate;
    }

    getModelBeamWidth() {
      return this.model.beamWidth;
    }

    setModelBeamWidth(width) {
      this.model.beamWidth = width;
    }

    freeModel() {
      this.model.free();
    }

    delete() {
      this.model.free();
    }

    addHotWord(word, boost) {
      this.model.addHotWord(word, boost);
    }

    eraseHotWord(word) {
      this.model.eraseHotWord(word);
    }

    clearHotWords() {
      this.model.clearHotWords();
    }

    enableExternalScorer(bytes) {
      this.model.enableScorer(bytes, 'scorer');
    }

    disableExternalScorer() {
      this.model.disableScorer();
    }

    setScorerAlphaBeta(alpha, beta) {
      this.model.setAlphaBeta(alpha, beta);
    }

    speechToText(samples) {
      return this.model.transcribe(samplesOf(samples));
    }

    speechToTextWithMetadata(samples, results = 1) {
      return inVectors(this.model.transcribeWithMetadata(samplesOf(samples), results));
    }

    createStream() {
      return new SttStream(this.model.stream());
    }
  };
}

// The folder of the script that runs now, or of `mainScriptUrlOrBlob` where it is an address.
const SCRIPT = typeof document === 'object' && document.currentScript
    ? document.currentScript.src : IN_NODE ? __filename : self.location.href;

async function STT(options = {}) {
  const main = options.mainScriptUrlOrBlob;
  const script = typeof main === 'string' ? main : SCRIPT;
  const base = script.replace(/[^/\\]*$/, '');
  const engine = new Engine(await loadEngine({base, ...options}));
  return {Model: modelClass(engine), VectorShort, CandidateTranscriptStubVector,
          TokenMetadataStubVector, Version: () => engine.version()};
}
