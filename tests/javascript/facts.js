'use strict';
// What pytest tells the tests: models, recordings, and what the Python package says of them.

const fs = require('fs');

const facts = JSON.parse(fs.readFileSync(process.env.FACTS));
const said = Object.entries(facts.said).map(([path, each]) => ({
  path, ...each, audio: fs.readFileSync(each.raw),
}));

/** The recording that is understood best. */
const clear = said.find(({ path }) => path.endsWith('espeak_000.wav'));

module.exports = { ...facts, said, clear };
