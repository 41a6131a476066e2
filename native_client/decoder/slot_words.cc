#include "decoder/slot_words.h"

#include <algorithm>

#include "base/error.h"

namespace ds {
namespace {

constexpr size_t kMostNamed = 5;  // rules in a message

// "[name], [weekday] or [room]"
std::string Named(const std::vector<Grammar::SlotRule>& slots) {
  const size_t count = std::min(slots.size(), kMostNamed);
  std::string named;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) named += i + 1 == slots.size() ? " or " : ", ";
    named += SlotWord(slots[i].name);
  }
  return slots.size() > count ? named + ", ..." : named;
}

}  // namespace

std::vector<size_t> SlotsOf(const Scorer* scorer, const Grammar& grammar) {
  const auto refuse = [](const std::string& what) {
    throw Error(DS_ERR_INVALID_GRAMMAR,
                "the grammar has no public rule, so its rules are slots of free speech; " + what);
  };
  const std::vector<Grammar::SlotRule>& slots = grammar.slots();
  if (scorer == nullptr) {
    refuse("these need a scorer: enable one that knows " + Named(slots) +
           " first, or write 'public <name> = ...;'");
  }
  if (scorer->units() != Units::kWords) {
    refuse("these need a scorer of words, and this one's are single characters");
  }
  std::vector<size_t> known;
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    if (scorer->WordId(SlotWord(slots[slot].name)) != 0) known.push_back(slot);
  }
  if (known.empty()) {
    refuse("the scorer does not know " + Named(slots) +
           ": make it with bin/make_scorer.py --slots from a text that has such words");
  }
  return known;
}

}  // namespace ds
