// What may follow a prefix and what it earns: two of the models that the search is compiled for.
//
// `FreeText`, no scorer: any label may follow. `ScoredText`: the scorer's lexicon (and the added
// hot words) say which label may follow, and a finished word earns its language model score.
// `GrammarText` and `SlottedText` have files of their own. All carry the phrase automaton. A
// model's State is plain data, one for each hypothesis:
//
//   Start()                          state of the empty prefix
//   Allowed(state)                   bit label % 64 of every label that may follow
//   Follows(state, label)            the same exactly, where there are more than 64 labels
//   MaxBonus(label), max_bonus()     no step with that label (with any) earns more
//   Bonus(state, label, ...)         what the step earns
//   Step(state, label, ...)          the state after it
//   Complete(state)                  whether a text can end here
//   FinalBonus(state, ...)           what the end of the text earns
#ifndef DS_DECODER_MODELS_H_
#define DS_DECODER_MODELS_H_

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "decoder/hash.h"
#include "decoder/hot_words.h"
#include "decoder/phrases.h"
#include "decoder/trace.h"
#include "decoder/word_scores.h"
#include "scorer/scorer.h"

namespace ds {

class FreeText {
 public:
  struct State {
    uint32_t phrase;
  };
  static constexpr bool kScored = false;

  explicit FreeText(const Phrases& phrases) : phrases_(phrases) {}

  State Start() const { return {phrases_.start()}; }
  double cutoff_margin() const { return 0.0; }
  float max_bonus() const { return phrases_.max_gain(); }

  uint64_t Allowed(const State&) const { return ~uint64_t{0}; }
  bool Follows(const State&, int) const { return true; }
  float MaxBonus(int) const { return max_bonus(); }
  float Bonus(const State& from, int label, const Trace&, uint32_t) const {
    return phrases_.Gain(from.phrase, phrases_.Next(from.phrase, label));
  }
  State Step(const State& from, int label, const Trace&, uint32_t) const {
    return {phrases_.Next(from.phrase, label)};
  }
  bool Complete(const State&) const { return true; }
  float FinalBonus(const State& state, const Trace&, uint32_t) const {
    return phrases_.FinalGain(state.phrase);
  }
  void Sweep(State*, size_t) {}

 private:
  Phrases phrases_;
};

// The few words that hot words add to the lexicon: a tree over labels.
class AddedWords {
 public:
  static constexpr int32_t kRoot = 0, kNone = -1, kWordEnd = -2;

  // `end`: label that ends each word, or -1.
  void Insert(const std::vector<std::string>& words, const Alphabet& alphabet, int end);
  bool empty() const { return arcs_.empty(); }
  // The node after `label`, kWordEnd if a word ends with it, else kNone.
  int32_t Next(int32_t node, int label) const;
  template <class Visit>
  void ForEachLabel(int32_t node, Visit visit) const {
    for (const Arc& arc : arcs_) {
      if (arc.from == node) visit(arc.label);
    }
  }

 private:
  struct Arc {
    int32_t from;
    int label;
    int32_t to;
  };

  void Insert(const std::vector<int>& labels);

  std::vector<Arc> arcs_;
  int32_t num_nodes_ = 1;
};

// Bit label % 64 of every label that goes on from a state of the lexicon or a node of the added
// words.
uint64_t LexiconBits(const ConstFst& lexicon, int32_t state, const AddedWords& added, int32_t node,
                     const Alphabet& alphabet);

class ScoredText {
 public:
  struct State {
    uint64_t allowed;  // see Allowed
    uint64_t word;     // hash of the labels of the word under way
    int32_t lexicon;   // state of the automaton, or ConstFst::kNoState
    int32_t added;     // node in the added words, or AddedWords::kNone
    uint32_t context;  // of the words before
    uint32_t phrase;
    uint16_t label;  // the last one, kNoLabel at the start
    bool unknown;    // the word under way has left the lexicon, and has paid for it
    uint8_t lead;    // bytes mode: first byte of the character under way,
    uint8_t bytes;   //   and how many it has
  };
  static constexpr bool kScored = true;
  static constexpr uint16_t kNoLabel = 0xFFFF;  // an alphabet has at most as many labels

  ScoredText(const Scorer& scorer, const Alphabet& alphabet, const HotWords& word_boosts,
             const std::vector<std::string>& added_words, const Phrases& phrases,
             std::optional<double> oov_cost);

  State Start() const;
  double cutoff_margin() const { return std::max(0.0, scorer_.beta()) + phrases_.max_gain(); }

  uint64_t Allowed(const State& state) const { return state.allowed; }
  float max_bonus() const { return phrases_.max_gain() + std::max(0.0f, words_.max_bonus()); }
  float MaxBonus(int label) const {
    if (units_ != Units::kWords) return max_bonus();
    return phrases_.max_gain() + (label == space_ ? words_.max_bonus() : 0.0f);
  }
  bool Follows(const State& from, int label) const {
    if (open_ && (label != space_ || from.word != kEmptyHash)) return true;
    return lexicon_.Next(from.lexicon, label + 1) != ConstFst::kNoState ||
           (from.added != AddedWords::kNone && added_.Next(from.added, label) != AddedWords::kNone);
  }
  float Bonus(const State& from, int label, const Trace& trace, uint32_t head) {
    const float gain =
        phrases_.empty() ? 0.0f : phrases_.Gain(from.phrase, phrases_.Next(from.phrase, label));
    if (open_) return gain + OpenBonus(from, label, trace, head);
    if (units_ == Units::kWords && label != space_) return gain;
    State to = from;
    return Spelt(label, &to) ? gain + Score(to, label, trace, head).bonus : gain;
  }
  State Step(const State& from, int label, const Trace& trace, uint32_t head);
  bool Complete(const State&) const { return true; }
  float FinalBonus(const State& state, const Trace& trace, uint32_t head);
  void Sweep(State* states, size_t count) {
    if (words_.NeedsSweep()) words_.Sweep(states, count);
  }

 private:
  uint64_t AllowedFrom(int32_t lexicon, int32_t added) const;
  // Adds `label` to the word under way; true if that ends it.
  bool Spelt(int label, State* state) const;
  // Where any word may be written: what it earns, and pays where it leaves the lexicon.
  float OpenBonus(const State& from, int label, const Trace& trace, uint32_t head);
  bool Leaves(const State& from, int label) const {
    return !from.unknown && lexicon_.Next(from.lexicon, label + 1) == ConstFst::kNoState &&
           (from.added == AddedWords::kNone || added_.Next(from.added, label) == AddedWords::kNone);
  }
  WordScore Score(const State& state, int label, const Trace& trace, uint32_t head) {
    return words_.Score(state.context, state.word,
                        [&] { return Spell(trace, head, units_ == Units::kWords ? -1 : label); });
  }
  // The word of the labels that end in `head` and then `last` (-1: none), back to the boundary.
  std::string Spell(const Trace& trace, uint32_t head, int last) const;

  const Scorer& scorer_;
  const ConstFst& lexicon_;
  const Alphabet& alphabet_;
  const Units units_;
  const int space_;
  WordScores words_;
  AddedWords added_;
  Phrases phrases_;
  const bool open_;   // words that the scorer does not know may be written,
  const float cost_;  // each at this cost
  uint64_t start_allowed_;
};

}  // namespace ds
#endif  // DS_DECODER_MODELS_H_
