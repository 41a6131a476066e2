// The model of a search for free speech with slots (models.h): a scorer that knows words such as
// [name], and a grammar that says what they stand for.
//
// A text may be read in several ways. One reading earns, with c its contexts and a slot of n words,
//
//   for each ordinary word   alpha * log p(word | c) + beta       (as in ScoredText)
//   for each slot            alpha * (log p([name] | c) + log share of what was said) + n * beta
//
// and the text what its best reading earns. Words after a slot see [name] before them. A slot pays
// when its first word ends, as words do, but for what its letters decide.
//
// Of a prefix three lists are kept (slot_places.h): the contexts of the words before, from which
// the word under way may be an ordinary one or a slot's first; where it is in the first words of
// slots, whatever the context; and where in later words, with the context behind the slot. What a
// step earns is the best of the new readings less the best of the old ones.
#ifndef DS_DECODER_SLOTTED_TEXT_H_
#define DS_DECODER_SLOTTED_TEXT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "decoder/hash.h"
#include "decoder/models.h"
#include "decoder/phrases.h"
#include "decoder/slot_places.h"
#include "decoder/trace.h"
#include "decoder/word_scores.h"
#include "grammar/grammar.h"
#include "scorer/scorer.h"

namespace ds {

class SlottedText {
 public:
  struct State {
    uint64_t allowed;  // see Allowed
    uint64_t word;     // hash of the labels of the word under way
    int32_t lexicon;   // state of the automaton, or ConstFst::kNoState
    int32_t added;     // node in the added words, or AddedWords::kNone
    SlotPlaces::List contexts, first, later;
    float best;  // of the readings, on the scale of the lists
    uint32_t phrase;
    bool unknown;  // the word under way has left the lexicon
  };
  static constexpr bool kScored = true;

  // Throws Error where scorer and grammar do not fit each other.
  SlottedText(const Scorer& scorer, std::shared_ptr<const Grammar> grammar,
              const Alphabet& alphabet, const std::vector<std::string>& added_words,
              const Phrases& phrases, std::optional<double> oov_cost);

  State Start() const;
  double cutoff_margin() const { return std::max(0.0, scorer_.beta()) + phrases_.max_gain(); }

  uint64_t Allowed(const State& state) const { return state.allowed; }
  float max_bonus() const { return phrases_.max_gain() + std::max(0.0f, words_.max_bonus()); }
  float MaxBonus(int label) const {
    return phrases_.max_gain() + (label == space_ ? words_.max_bonus() : 0.0f);
  }
  bool Follows(const State& from, int label) const {
    if (from.contexts != SlotPlaces::kNowhere) {
      if (open_ && (label != space_ || from.word != kEmptyHash)) return true;
      if (lexicon_.Next(from.lexicon, label + 1) != ConstFst::kNoState) return true;
      if (NextAdded(from, label) != AddedWords::kNone) return true;
    }
    return places_.Follows(from.first, label) || places_.Follows(from.later, label);
  }
  float Bonus(const State& from, int label, const Trace& trace, uint32_t head) {
    const float gain =
        phrases_.empty() ? 0.0f : phrases_.Gain(from.phrase, phrases_.Next(from.phrase, label));
    if (label == space_) return gain + EndWord(from, trace, head).earned;
    if (!open_ && (from.first | from.later) == SlotPlaces::kNowhere) return gain;
    State to = from;
    Spell(label, &to);
    return gain + (to.best - from.best);
  }
  State Step(const State& from, int label, const Trace& trace, uint32_t head);
  bool Complete(const State&) const { return true; }
  float FinalBonus(const State& state, const Trace& trace, uint32_t head);
  void Sweep(State* states, size_t count);

 private:
  static constexpr size_t kEnds = 1 << 13, kFirstSweep = 1 << 14;

  struct End {  // of a word
    uint64_t key;
    SlotPlaces::List contexts, later;
    float earned;
  };

  int32_t NextAdded(const State& from, int label) const {
    return from.added == AddedWords::kNone ? AddedWords::kNone : added_.Next(from.added, label);
  }
  // Whether the word under way, which is not in the lexicon if it ends here, has to pay.
  bool LeavesWith(const State& from, int label) const {
    return lexicon_.Next(from.lexicon, label + 1) == ConstFst::kNoState &&
           NextAdded(from, label) == AddedWords::kNone;
  }
  // Whether it may be an ordinary word that goes on, and one that ends.
  bool Ordinary(const State& state) const {
    return state.contexts != SlotPlaces::kNowhere &&
           (open_ || state.lexicon != ConstFst::kNoState || state.added != AddedWords::kNone);
  }
  bool OrdinaryEnds(const State& from) const;
  // Adds a label that is not the space to the word under way.
  void Spell(int label, State* state);
  void BeginWord(State* state) const;
  float BestOf(const State& state) const;
  uint64_t AllowedIn(const State& state) const;
  End EndWord(const State& from, const Trace& trace, uint32_t head);
  End ComputeEnd(const State& from, const Trace& trace, uint32_t head);
  // Of the word under way as an ordinary one, and of slot number `slot`, after a context.
  WordScore ScoreWord(uint32_t context, const State& from, const Trace& trace, uint32_t head);
  WordScore ScoreSlot(uint32_t context, size_t slot);
  // What all texts of a slot pay.
  float Entry(size_t slot) const { return places_.Nats(grammar_->slots()[slot].weight); }

  const Scorer& scorer_;
  const ConstFst& lexicon_;
  const Alphabet& alphabet_;
  const int space_;
  std::shared_ptr<const Grammar> grammar_;
  WordScores words_;
  AddedWords added_;
  Phrases phrases_;
  const bool open_;   // words that the scorer does not know may be written,
  const float cost_;  // each at this cost
  const float beta_;
  SlotPlaces places_;
  std::vector<SlotPlaces::Place> entries_;         // the beginnings of all slots
  SlotPlaces::List entry_ = SlotPlaces::kNowhere;  // the list of these
  std::vector<End> ends_;                          // direct-mapped
  size_t sweep_at_ = kFirstSweep;
};

}  // namespace ds
#endif  // DS_DECODER_SLOTTED_TEXT_H_
