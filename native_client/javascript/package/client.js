#!/usr/bin/env node
'use strict';
// The command: deepspeech --model output_graph.pbmm --audio speech.wav [--scorer NAME.scorer]
//
// The options and the output of the command of npm's deepspeech 0.9.3. The transcript goes to
// stdout, everything else to stderr. Audio of other formats and rates is read without sox.

const fs = require('fs');
const { parseArgs } = require('util');
const DeepSpeech = require('./index');

const OPTIONS = {
  model: ['MODEL', 'Path to the model (.pbmm, .pb or .tflite)'],
  scorer: ['SCORER', 'Path to the external scorer file'],
  audio: ['AUDIO', 'Path to the audio file to run'],
  beam_width: ['N', 'Beam width of the decoder'],
  lm_alpha: ['ALPHA', 'Weight of the language model'],
  lm_beta: ['BETA', 'Bonus for each word'],
  hot_words: ['W:B,...', 'Hot words and their boosts. Word:boost pairs are comma-separated'],
  extended: [null, 'Output string from extended metadata'],
  stream: [null, 'Feed the audio piece by piece, and print what is heard so far'],
  version: [null, 'Print version and exit'],
  help: [null, 'Show this help and exit'],
};
const REQUIRED = ['model', 'audio'];
const PIECE_SECS = 0.5;

/** Wrong options, or what cannot be done with right ones: a line on stderr and an exit status. */
class Problem extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

function usage() {
  const shown = Object.entries(OPTIONS).map(([name, [value]]) => {
    const option = value ? `--${name} ${value}` : `--${name}`;
    return REQUIRED.includes(name) ? option : `[${option}]`;
  });
  return `usage: deepspeech ${shown.join(' ')}`;
}

function help() {
  const lines = Object.entries(OPTIONS).map(
    ([name, [value, text]]) => `  ${`--${name} ${value || ''}`.padEnd(24)}${text}`);
  return [usage(), '', 'Running DeepSpeech inference.', '', ...lines].join('\n');
}

function parsed() {
  const options = Object.fromEntries(Object.entries(OPTIONS).map(
    ([name, [value]]) => [name, { type: value ? 'string' : 'boolean' }]));
  options.help.short = 'h';
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new Problem(error.message.split('\n')[0], 2);
  }
}

function number(name, text) {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) {
    throw new Problem(`--${name} is '${text}': expected a number`, 2);
  }
  return value;
}

function hotWords(text) {
  return text.split(',').map((pair) => {
    const at = pair.lastIndexOf(':');
    if (at < 1) throw new Problem(`--hot_words has '${pair}': expected word:boost`, 2);
    return [pair.slice(0, at), number('hot_words', pair.slice(at + 1))];
  });
}

/** Runs a step, and says what it is about and how long it took. */
function timed(what, path, step) {
  console.error(`Loading ${what} from file ${path}`);
  const start = process.hrtime.bigint();
  const result = step();
  console.error(`Loaded ${what} in ${secondsSince(start)}s.`);
  return result;
}

function secondsSince(start) {
  return (Number(process.hrtime.bigint() - start) / 1e9).toPrecision(4);
}

/** Returns the rate that a WAV file says it has; undefined for other files. */
function rateOf(path) {
  const header = Buffer.alloc(4096);
  const file = fs.openSync(path);
  try {
    fs.readSync(file, header, 0, header.length, 0);
  } finally {
    fs.closeSync(file);
  }
  const at = header.indexOf('fmt ');
  return header.toString('latin1', 0, 4) === 'RIFF' && at > 0 && at + 16 <= header.length
    ? header.readUInt32LE(at + 12) : undefined;
}

function audioOf(path, rate) {
  const audio = DeepSpeech.readAudio(path, rate);
  const original = rateOf(path);
  if (original < rate) {
    console.error(`Warning: original sample rate (${original}) is lower than ${rate} Hz. ` +
                  'Up-sampling might produce erratic speech recognition.');
  }
  return audio;
}

function modelOf(options, words) {
  const model = timed('model', options.model, () => new DeepSpeech.Model(options.model));
  if (options.beam_width) model.setBeamWidth(number('beam_width', options.beam_width));
  if (options.scorer) {
    timed('scorer', options.scorer, () => model.enableExternalScorer(options.scorer));
    if (options.lm_alpha && options.lm_beta) {
      model.setScorerAlphaBeta(number('lm_alpha', options.lm_alpha),
                               number('lm_beta', options.lm_beta));
    }
  }
  if (options.hot_words) console.error(`Adding hot-words ${options.hot_words}`);
  for (const [word, boost] of words) model.addHotWord(word, boost);
  return model;
}

const textOf = (metadata) => metadata.transcripts[0].tokens.map((token) => token.text).join('');

function whole(model, audio, extended) {
  return extended ? textOf(model.sttWithMetadata(audio, 1)) : model.stt(audio);
}

function byPieces(model, audio, extended) {
  const stream = model.createStream();
  const step = Math.round(PIECE_SECS * model.sampleRate());
  for (let at = 0; at < audio.length; at += step) {
    stream.feedAudioContent(audio.subarray(at, at + step));
    const text = extended ? textOf(stream.intermediateDecodeWithMetadata())
      : stream.intermediateDecode();
    console.error(`intermediate: ${text}`);
  }
  return extended ? textOf(stream.finishStreamWithMetadata()) : stream.finishStream();
}

function run() {
  const options = parsed();
  if (options.help) return console.log(help());
  if (options.version) return DeepSpeech.printVersions();
  for (const name of REQUIRED) {
    if (options[name] === undefined) throw new Problem(`--${name} is required`, 2);
  }
  const words = options.hot_words ? hotWords(options.hot_words) : [];
  const model = modelOf(options, words);
  const audio = audioOf(options.audio, model.sampleRate());
  console.error('Running inference.');
  const start = process.hrtime.bigint();
  console.log((options.stream ? byPieces : whole)(model, audio, options.extended));
  const secs = (audio.length / model.sampleRate()).toPrecision(4);
  console.error(`Inference took ${secondsSince(start)}s for ${secs}s audio file.`);
  DeepSpeech.FreeModel(model);
}

try {
  run();
} catch (error) {
  // The library throws strings.
  if (error.status === 2) console.error(usage());
  console.error(`deepspeech: error: ${typeof error === 'string' ? error : error.message}`);
  process.exitCode = error.status || 1;
}
