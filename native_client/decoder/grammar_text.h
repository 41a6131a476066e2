// The model of a search that says what a grammar allows (models.h).
#ifndef DS_DECODER_GRAMMAR_TEXT_H_
#define DS_DECODER_GRAMMAR_TEXT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "decoder/log_math.h"
#include "decoder/phrases.h"
#include "decoder/trace.h"
#include "grammar/grammar.h"

namespace ds {

// Every prefix has one state in the grammar's automaton, whose arcs have what the labels earn:
// never more than nothing. That nothing was said is always possible.
class GrammarText {
 public:
  struct State {
    uint64_t allowed;  // see Allowed
    uint32_t node;
    uint32_t phrase;
  };
  static constexpr bool kScored = true;

  GrammarText(std::shared_ptr<const Grammar> grammar, int num_labels, const Phrases& phrases)
      : grammar_(std::move(grammar)),
        automaton_(grammar_->search()),
        space_(grammar_->space()),
        all_(num_labels < 64 ? (uint64_t{1} << num_labels) - 1 : ~uint64_t{0}),
        phrases_(phrases) {}

  State Start() const { return {AllowedFrom(kStart), kStart, phrases_.start()}; }
  double cutoff_margin() const { return max_bonus(); }
  float max_bonus() const { return phrases_.max_gain(); }

  uint64_t Allowed(const State& state) const { return state.allowed; }
  bool Follows(const State& from, int label) const { return Find(from, label) != nullptr; }
  float MaxBonus(int) const { return max_bonus(); }
  float Bonus(const State& from, int label, const Trace&, uint32_t) const {
    const float gain = phrases_.Gain(from.phrase, phrases_.Next(from.phrase, label));
    const Automaton::Arc* arc = Find(from, label);
    return arc == nullptr ? kLogZero : gain + Nats(arc->weight);
  }
  State Step(const State& from, int label, const Trace&, uint32_t) const {
    const Automaton::Arc* arc = Find(from, label);
    const uint32_t node = arc == nullptr ? UINT32_MAX : arc->next;
    return {AllowedFrom(node), node, phrases_.Next(from.phrase, label)};
  }
  bool Complete(const State& state) const {
    return state.node == kStart || automaton_.FinalWeight(state.node) != kNoWay;
  }
  float FinalBonus(const State& state, const Trace&, uint32_t) const {
    const int32_t weight = state.node == kStart ? kNoWay : automaton_.FinalWeight(state.node);
    return phrases_.FinalGain(state.phrase) + (weight == kNoWay ? 0.0f : Nats(weight));
  }
  void Sweep(State*, size_t) {}

 private:
  static constexpr uint32_t kStart = 0;

  static float Nats(int32_t weight) {
    return static_cast<float>(std::min(weight, 0)) * (1.0f / kPartsOfNat);
  }
  const Automaton::Arc* Find(const State& from, int label) const {
    return automaton_.Find(from.node, label, space_);
  }
  uint64_t AllowedFrom(uint32_t node) const { return automaton_.LabelBits(node, space_, all_); }

  std::shared_ptr<const Grammar> grammar_;
  Automaton automaton_;
  int space_;
  uint64_t all_;
  Phrases phrases_;
};

}  // namespace ds
#endif  // DS_DECODER_GRAMMAR_TEXT_H_
