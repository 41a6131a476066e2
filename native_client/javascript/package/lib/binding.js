'use strict';
// The native addon: built on this machine by install.js, or as it came with the package.

const path = require('path');

const ROOT = path.dirname(__dirname);
const NAME = `${process.platform}-${process.arch}`;

/** Where the addon may be: the first that loads is taken. */
const PLACES = ['build', `prebuilt/${NAME}`].map(
  (folder) => path.join(ROOT, folder, 'deepspeech.node'));

/** Returns the addon, or an Error that says why there is none. */
function load() {
  const reasons = [];
  for (const place of PLACES) {
    try {
      return require(place);
    } catch (error) {
      // The first line: the others list who required what.
      reasons.push(String(error && error.message).split('\n')[0]);
    }
  }
  const reason = reasons.find((each) => !each.startsWith('Cannot find module')) ||
    `there is none for ${NAME} in ${ROOT}`;
  // Not 'npm rebuild deepspeech', which runs no scripts of packages where npm is set up so.
  return new Error(`deepspeech cannot load its addon: ${reason}. Run 'node ` +
                   `${path.join(ROOT, 'install.js')}', which builds it and needs a C++17 compiler`);
}

module.exports = { PLACES, load };
