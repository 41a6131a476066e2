// The words of a scorer that stand for slots of free speech: [name] for the rule <name>.
#ifndef DS_DECODER_SLOT_WORDS_H_
#define DS_DECODER_SLOT_WORDS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "grammar/grammar.h"
#include "scorer/scorer.h"

namespace ds {

constexpr size_t kMostReadings = 128;  // kept of a prefix, of each kind

inline std::string SlotWord(const std::string& rule) { return "[" + rule + "]"; }

// Numbers of the grammar's slots whose words the scorer knows. Throws Error if there are none, or
// `scorer` is null, or its words are single characters.
std::vector<size_t> SlotsOf(const Scorer* scorer, const Grammar& grammar);

}  // namespace ds
#endif  // DS_DECODER_SLOT_WORDS_H_
