#include "scorer/word_encoder.h"

#include <algorithm>

namespace ds {

WordEncoder::WordEncoder(const Alphabet& alphabet)
    : speller_(alphabet),
      space_(alphabet.space()),
      // An alphabet without space does not tell words apart.
      ends_with_space_(!alphabet.bytes_output && space_ >= 0) {}

bool WordEncoder::Encode(const std::string& word, LabelSequence* out) const {
  std::vector<int> labels;
  out->clear();
  if (word.empty() || speller_.Spell(word, &labels) < word.size()) return false;
  if (std::find(labels.begin(), labels.end(), space_) != labels.end()) return false;
  if (ends_with_space_) labels.push_back(space_);
  for (const int label : labels) out->push_back(static_cast<uint16_t>(label + 1));
  return true;
}

}  // namespace ds
