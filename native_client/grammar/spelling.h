// The words of grammars in the labels of an alphabet.
#ifndef DS_GRAMMAR_SPELLING_H_
#define DS_GRAMMAR_SPELLING_H_

#include <string>
#include <vector>

#include "base/alphabet.h"

namespace ds {

// A character is spelt as it is, or as a small letter, or composed with the accent that follows, or
// without its accent, in the order of what the alphabet has.
class WordSpeller {
 public:
  // `alphabet` must outlive it.
  explicit WordSpeller(const Alphabet& alphabet) : alphabet_(alphabet), speller_(alphabet) {}

  // The labels of `word`; returns the first character that it cannot spell, or "".
  std::string Spell(const std::string& word, std::vector<int>* labels) const;

 private:
  bool Knows(const std::string& spelling) const;

  const Alphabet& alphabet_;
  const Speller speller_;
};

}  // namespace ds
#endif  // DS_GRAMMAR_SPELLING_H_
