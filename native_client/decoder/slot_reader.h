// What the slots of a text are: the best of its readings (slotted_text.h), word by word.
#ifndef DS_DECODER_SLOT_READER_H_
#define DS_DECODER_SLOT_READER_H_

#include <optional>
#include <string>
#include <vector>

#include "decoder/slot_words.h"
#include "grammar/grammar.h"
#include "grammar/reading.h"
#include "scorer/scorer.h"

namespace ds {

class SlotReader {
 public:
  // `added_words`: what hot words add to the lexicon. The others must outlive it.
  SlotReader(const Scorer& scorer, const Grammar& grammar, const Alphabet& alphabet,
             const std::vector<std::string>& added_words, std::optional<double> oov_cost)
      : scorer_(scorer),
        grammar_(grammar),
        alphabet_(alphabet),
        added_words_(added_words),
        oov_cost_(oov_cost),
        slots_(SlotsOf(&scorer, grammar)) {}

  Reading Read(const std::vector<int>& labels) const;

 private:
  static constexpr size_t kNone = SIZE_MAX;

  // A reading of the words so far, which goes on from another one.
  struct Item {
    Scorer::Context context;
    uint32_t node;  // in a slot that goes on; kNoNode: in none
    double score;
    size_t before;  // item, or kNone
    size_t slot;    // of the last word, or kNone
    size_t begin;   // label with which it began
    size_t end;     // one past the last label of the last word
  };
  static constexpr uint32_t kNoNode = UINT32_MAX;

  std::vector<Item> After(const std::vector<Item>& items, const std::vector<size_t>& from,
                          const std::vector<int>& labels, size_t begin, size_t end) const;
  // Adds how an item goes on with labels within a slot.
  void Say(Item item, uint32_t node, const std::vector<int>& labels, size_t begin,
           std::vector<Item>* next) const;

  const Scorer& scorer_;
  const Grammar& grammar_;
  const Alphabet& alphabet_;
  const std::vector<std::string> added_words_;
  const std::optional<double> oov_cost_;
  const std::vector<size_t> slots_;
};

}  // namespace ds
#endif  // DS_DECODER_SLOT_READER_H_
