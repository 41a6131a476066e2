#include "scorer/word_encoder.h"

#include <algorithm>

namespace ds {

WordEncoder::WordEncoder(const Alphabet& alphabet)
    : speller_(alphabet), space_(alphabet.space()), units_(alphabet.units()) {}

bool WordEncoder::Encode(const std::string& word, LabelSequence* out) const {
  std::vector<int> labels;
  out->clear();
  if (word.empty() || speller_.Spell(word, &labels) < word.size()) return false;
  if (std::find(labels.begin(), labels.end(), space_) != labels.end()) return false;
  if (units_ == Units::kLabels && labels.size() > 1) return false;
  if (units_ == Units::kWords) labels.push_back(space_);
  for (const int label : labels) out->push_back(static_cast<uint16_t>(label + 1));
  return true;
}

}  // namespace ds
