'use strict';
// The addon, loaded, and what of it each object of this package stands for.

const binding = require('./binding');

const native = binding.load();
if (native instanceof Error) throw native;
process.once('exit', () => native.stop());  // calls on other threads, which Node waits for

const owned = new WeakMap();

/** Makes an object stand for what the addon has made. */
function own(object, made) {
  owned.set(object, made);
}

/** Returns what an object stands for. */
function of(object, what) {
  const made = owned.get(object);
  if (made === undefined) throw new TypeError(`this is not ${what} of deepspeech`);
  return made;
}

/** Has Node show what the library says of something that has no effect. */
function warn(reason) {
  if (reason) process.emitWarning(reason, 'DeepSpeechWarning');
}

module.exports = { native, own, of, warn };
