// Runs jobs on the package under Node: `probe.js STT_WASM_JS`, JSON of a job on stdin, of its
// result on stdout.
'use strict';

const fs = require('fs');

// The memory of the engine, which the package hides.
let memory = null;
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...args) => {
  const instance = await instantiate(...args);
  memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
  return instance;
};
const STT = require(process.argv[2]);

const samples = (path) => {
  const bytes = fs.readFileSync(path);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

function vector(stt, pcm) {
  const filled = new stt.VectorShort();
  for (const sample of pcm) filled.push_back(sample);
  return filled;
}

function plain(metadata) {
  return Array.from({length: metadata.transcripts.size()}, (_, i) => {
    const {confidence, tokens} = metadata.transcripts.get(i);
    return {confidence, tokens: Array.from({length: tokens.size()}, (__, j) => tokens.get(j))};
  });
}

function streamed(stt, model, pcm) {
  const stream = model.createStream();
  const partials = [];
  for (let at = 0; at < pcm.length; at += 4321) {
    stream.feedAudioContent(vector(stt, pcm.subarray(at, at + 4321)));
    partials.push(stream.intermediateDecode());
  }
  return {partials, flushed: stream.intermediateDecodeFlushBuffers(), text: stream.finishStream()};
}

const JOBS = {
  texts(stt, {model, scorer, hotWords, paths}) {
    const opened = new stt.Model(fs.readFileSync(model));
    if (scorer) opened.enableExternalScorer(fs.readFileSync(scorer));
    for (const [word, boost] of Object.entries(hotWords || {})) opened.addHotWord(word, boost);
    const result = paths.map((path) => ({
      text: opened.speechToText(vector(stt, samples(path))),
      best: plain(opened.speechToTextWithMetadata(samples(path), 3)),
      stream: streamed(stt, opened, samples(path)),
    }));
    const facts = {rate: opened.getSampleRate(), beam: opened.getModelBeamWidth(),
                   version: stt.Version()};
    opened.freeModel();
    return {facts, result};
  },

  // Bytes after each hundred rounds.
  rounds(stt, {model, scorer, path, rounds}) {
    const pcm = samples(path), bytes = fs.readFileSync(model), sizes = [];
    const opened = new stt.Model(bytes);
    if (scorer) opened.enableExternalScorer(fs.readFileSync(scorer));
    for (let i = 0; i < rounds; ++i) {
      const stream = opened.createStream();
      stream.feedAudioContent(pcm);
      if (i % 2) stream.finishStreamWithMetadata(2);
      else if (i % 3) stream.finishStream();
      else stream.delete();
      if (i % 100 === 99) sizes.push(memory.buffer.byteLength);
    }
    opened.freeModel();
    for (let i = 0; i < 50; ++i) {
      const again = new stt.Model(bytes);
      if (scorer) again.enableExternalScorer(fs.readFileSync(scorer));
      again.freeModel();
      if (i === 2 || i === 49) sizes.push(memory.buffer.byteLength);
    }
    return sizes;
  },

  // What a script throws that has `stt`, `model` and `bytes`.
  errors(stt, {model, scripts}) {
    const bytes = fs.readFileSync(model);
    return scripts.map((script) => {
      const opened = new stt.Model(bytes);
      try {
        new Function('stt', 'model', 'bytes', script)(stt, opened, new Uint8Array(bytes));
        return null;
      } catch (error) {
        return error instanceof Error ? error.message : `not an Error: ${error}`;
      } finally {
        opened.freeModel();
      }
    });
  },

};

(async () => {
  const {job, simd, ...rest} = JSON.parse(fs.readFileSync(0, 'utf8'));
  console.log(JSON.stringify(JOBS[job](await STT({simd}), rest)));
})();
