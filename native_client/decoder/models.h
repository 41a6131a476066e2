// What may follow a prefix and what it earns: the two models that the search is compiled for.
//
// `FreeText`, no scorer: any label may follow. `ScoredText`: the scorer's lexicon (and the added hot
// words) say which label may follow, and a finished word earns its language model score. Both carry
// the phrase automaton. A model's State is plain data, one for each hypothesis:
//
//   Start()                          state of the empty prefix
//   Extend(state, labels, visit)     visit(label, step) for each possible label; false ends it
//   MaxBonus(label), max_bonus()     no step with that label (with any) earns more
//   Step(state, label, step, trace)  the next state; its .bonus is what entering it earns
//   FinalBonus(state, trace)         what the end of the text earns
#ifndef DS_DECODER_MODELS_H_
#define DS_DECODER_MODELS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "decoder/alphabet.h"
#include "decoder/hash.h"
#include "decoder/phrases.h"
#include "decoder/scorer.h"
#include "decoder/trace.h"
#include "decoder/word_scores.h"

namespace ds {

// Labels worth trying in a frame, best first.
struct ActiveLabels {
  const int* labels;
  size_t count;
  const float* log_prob;  // [labels + blank]
};

class FreeText {
 public:
  struct State {
    uint32_t phrase;
    float bonus;
  };
  static constexpr bool kScored = false;

  explicit FreeText(const Phrases& phrases) : phrases_(phrases) {}

  State Start() const { return {phrases_.start(), 0.0f}; }
  double cutoff_margin() const { return 0.0; }
  float max_bonus() const { return phrases_.max_gain(); }

  template <class Visit>
  void Extend(const State&, const ActiveLabels& active, Visit visit) const {
    for (size_t i = 0; i < active.count; ++i) {
      if (!visit(active.labels[i], 0)) return;
    }
  }
  float MaxBonus(int) const { return max_bonus(); }
  State Step(const State& from, int label, int32_t, const Trace&, uint32_t) const {
    const uint32_t phrase = phrases_.Next(from.phrase, label);
    return {phrase, phrases_.Gain(from.phrase, phrase)};
  }
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

  void Insert(const std::vector<int>& labels);  // with the space at the end, if words have one
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
  std::vector<Arc> arcs_;
  int32_t num_nodes_ = 1;
};

class ScoredText {
 public:
  struct State {
    uint64_t word;     // hash of the labels of the word under way
    int32_t lexicon;   // state of the automaton, or ConstFst::kNoState
    int32_t added;     // node in the added words, or AddedWords::kNone
    uint32_t context;  // of the words before
    uint32_t phrase;
    float bonus;
    int16_t label;     // the last one, -1 at the start
    uint8_t lead;      // bytes mode: first byte of the character under way,
    uint8_t bytes;     //   and how many it has
  };
  static constexpr bool kScored = true;

  ScoredText(const Scorer& scorer, const Alphabet& alphabet, const HotWords& word_boosts,
             const std::vector<std::string>& added_words, const Phrases& phrases);

  State Start() const {
    return {kEmptyHash, lexicon_.start(), added_.empty() ? AddedWords::kNone : AddedWords::kRoot,
            words_.start(), phrases_.start(), 0.0f, -1, 0, 0};
  }
  double cutoff_margin() const { return std::max(0.0, scorer_.beta()) + phrases_.max_gain(); }

  template <class Visit>
  void Extend(const State& from, const ActiveLabels& active, Visit visit) const;
  float max_bonus() const { return phrases_.max_gain() + std::max(0.0f, words_.max_bonus()); }
  float MaxBonus(int label) const {
    if (bytes_) return max_bonus();
    return phrases_.max_gain() + (label == space_ ? words_.max_bonus() : 0.0f);
  }
  State Step(const State& from, int label, int32_t step, const Trace& trace, uint32_t head);
  float FinalBonus(const State& state, const Trace& trace, uint32_t head);
  void Sweep(State* states, size_t count) {
    if (words_.NeedsSweep()) words_.Sweep(states, count);
  }

 private:
  // The word of the labels that end in `head` and then `last` (-1: none), back to the boundary.
  std::string Spell(const Trace& trace, uint32_t head, int last) const;

  const Scorer& scorer_;
  const ConstFst& lexicon_;
  const Alphabet& alphabet_;
  const bool bytes_;
  const int space_;
  WordScores words_;
  AddedWords added_;
  Phrases phrases_;
};

template <class Visit>
void ScoredText::Extend(const State& from, const ActiveLabels& active, Visit visit) const {
  const ConstFst::Arcs arcs = lexicon_.ArcsOf(from.lexicon);
  if (from.added != AddedWords::kNone) {
    added_.ForEachLabel(from.added, [&](int label) {
      if (lexicon_.Next(from.lexicon, label + 1) == ConstFst::kNoState) {
        visit(label, ConstFst::kNoState);
      }
    });
  }
  if (arcs.size() <= 2 * active.count) {
    for (const FstArc& arc : arcs) visit(arc.label - 1, arc.next);
  } else {
    for (size_t i = 0; i < active.count; ++i) {
      const int32_t next = lexicon_.Next(from.lexicon, active.labels[i] + 1);
      if (next != ConstFst::kNoState && !visit(active.labels[i], next)) return;
    }
  }
}

}  // namespace ds
#endif  // DS_DECODER_MODELS_H_
