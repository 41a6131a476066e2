// Words and phrases that score higher, or lower, than the language model has them.
#ifndef DS_DECODER_HOT_WORDS_H_
#define DS_DECODER_HOT_WORDS_H_

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "base/error.h"
#include "decoder/phrases.h"
#include "scorer/scorer.h"

namespace ds {

// Boosts by hot word or phrase, in UTF-8.
using HotWords = std::map<std::string, float>;

// A damaged scorer can hold any weights and probabilities; the search takes finite sums for
// granted.
inline float Bounded(double bonus) {
  constexpr double kMost = 1e9;
  return static_cast<float>(std::isnan(bonus) ? Scorer::kUnknownWord
                                              : std::clamp(bonus, -kMost, kMost));
}

// A hot word that the alphabet has no labels for.
class UnspellableWord : public Error {
 public:
  using Error::Error;
};

// Hot words by what boosts them.
struct SortedHotWords {
  HotWords words;                        // inside the n-gram score, as in 0.9.3
  std::vector<std::string> added;        // let through though the scorer does not know them
  std::vector<Phrases::Phrase> phrases;  // everything else
};

// `scorer` may be null. `outside`: no word is boosted inside the n-gram score. Throws Error for a
// boost that is no number, UnspellableWord.
SortedHotWords Sort(const HotWords& hot_words, const Alphabet& alphabet, const Scorer* scorer,
                    bool outside = false);

}  // namespace ds
#endif  // DS_DECODER_HOT_WORDS_H_
