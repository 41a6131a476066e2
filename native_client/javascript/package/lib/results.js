'use strict';
// What the library has found, as objects. Hours of audio have so many that they are made a part at
// a time: those for a promise with turns of the event loop in between.

const { setImmediate } = require('timers/promises');
const { native } = require('./native');

const OBJECTS = 250;  // made in a turn: a millisecond at most

/** Makes `count` objects by make(begin, end), and yields before each part. */
function* parts(count, make) {
  const all = [];
  for (let begin = 0; begin < count; begin += OBJECTS) {
    yield;
    all.push(...make(begin, begin + OBJECTS));
  }
  return all;
}

function* metadata(found) {
  const transcripts = [];
  const count = native.countTranscripts(found);
  for (let i = 0; i < count; ++i) {
    const it = native.transcript(found, i);
    it.tokens = yield* parts(it.tokens, (begin, end) => native.tokens(found, i, begin, end));
    it.words = yield* parts(it.words, (begin, end) => native.words(found, i, begin, end));
    transcripts.push(it);
  }
  return { transcripts };
}

function* alignment(found) {
  const { duration, ...counts } = native.aligned(found);
  const letters = yield* parts(counts.letters, (begin, end) =>
    native.alignedLetters(found, begin, end).map(({ first, count, ...letter }) => letter));
  const words = yield* parts(counts.words, (begin, end) =>
    native.alignedWords(found, begin, end).map(({ first, count, ...word }) => (
      { ...word, letters: letters.slice(first, first + count) })));
  const lines = yield* parts(counts.lines, (begin, end) =>
    native.alignedLines(found, begin, end).map(({ first, count, ...line }) => (
      { ...line, words: words.slice(first, first + count) })));
  return { duration, lines };
}

/** Makes the objects of what was found, and frees that. */
function atOnce(make, found) {
  const making = make(found);
  let step;
  do step = making.next(); while (!step.done);
  native.free(found);
  return step.value;
}

/** The same for a promise of it. */
async function inTurns(make, finding) {
  const found = await finding;
  const making = make(found);
  let step = making.next();
  for (; !step.done; step = making.next()) await setImmediate();
  native.free(found);
  return step.value;
}

module.exports = { metadata, alignment, atOnce, inTurns };
