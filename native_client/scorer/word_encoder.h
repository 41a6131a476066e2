// Words as the vocabulary automaton has them.
#ifndef DS_SCORER_WORD_ENCODER_H_
#define DS_SCORER_WORD_ENCODER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/alphabet.h"

namespace ds {

// A word as labels (alphabet label + 1), in words mode with the space's label + 1 at its end.
using LabelSequence = std::vector<uint16_t>;

// `alphabet` must outlive it.
class WordEncoder {
 public:
  explicit WordEncoder(const Alphabet& alphabet);
  // False if a character is not in the alphabet, or is its space; without a space among the labels,
  // for a word of more than one label too, which would have no end.
  bool Encode(const std::string& word, LabelSequence* out) const;

 private:
  const Speller speller_;
  const int space_;
  const Units units_;
};

}  // namespace ds
#endif  // DS_SCORER_WORD_ENCODER_H_
