'use strict';

/** Returns a grammar as the library takes it: a list of phrases as a text. */
function asText(grammar) {
  if (!Array.isArray(grammar)) return grammar;
  const wrong = grammar.findIndex((phrase) => typeof phrase !== 'string');
  if (wrong >= 0) throw new TypeError(`phrase ${wrong} of the grammar is no string`);
  const lines = grammar.map((phrase) => `${phrase.split(/\s+/).filter(Boolean).join(' ')}\n`);
  return lines.join('') || '\n';
}

module.exports = { asText };
