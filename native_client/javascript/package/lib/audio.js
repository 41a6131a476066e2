'use strict';
// Audio for calls on other threads, which work on a copy.

const { setImmediate } = require('timers/promises');
const { native } = require('./native');

const BYTES_AT_ONCE = 1 << 20;  // copied in a fraction of a millisecond

const copies = new WeakSet();

const isLong = (audio) => (audio instanceof Uint8Array || audio instanceof Int16Array) &&
  audio.byteLength > BYTES_AT_ONCE;

/** Copies audio of any length, a piece at a time: others have their turns in between. */
async function copied(audio) {
  const copy = native.createRecording(Math.ceil(audio.byteLength / 2));
  copies.add(copy);
  for (let at = 0; at < audio.byteLength; at += BYTES_AT_ONCE) {
    if (at > 0) await setImmediate();
    const size = Math.min(BYTES_AT_ONCE, audio.byteLength - at);
    native.appendRecording(copy, new Uint8Array(audio.buffer, audio.byteOffset + at, size));
  }
  return copy;
}

/** Returns what to give to the addon in this turn, or a promise of it where that is too much. */
function held(audio) {
  return isLong(audio) ? copied(audio) : audio;
}

/** The same for a call that has to wait until others are done. */
function heldForLater(audio) {
  if (isLong(audio)) return copied(audio);
  return audio instanceof Uint8Array || audio instanceof Int16Array
    ? audio.constructor.from(audio) : audio;
}

/** Leaves a copy to the call that works on it: who frees hours of audio waits for that. */
function letGo(value) {
  if (copies.has(value)) native.free(value);
}

module.exports = { held, heldForLater, letGo };
