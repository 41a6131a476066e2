// Phrases to boost: an automaton over labels that pays while a phrase is being built.
//
// It serves what 0.9.3's hot words cannot: phrases of several words, words outside the scorer's
// vocabulary, and boosting without a scorer. A phrase of L labels with boost b has paid b * k / L
// when its first k labels stand; breaking off takes that back, in full; the boost stays once the
// word after the phrase begins (in bytes mode: once its last byte stands). With the states of an
// Aho-Corasick automaton, pay(s) what a hypothesis in state s holds for its unfinished phrase, and
// won(s) the boosts of all phrases that end in s, the step from s to t adds
//     pay(t) - pay(s) + won(t).
// Of several phrases under way the one that holds most counts; a negative boost is paid only when
// its phrase is complete. Phrases begin and end at word boundaries, in bytes mode at any character.
#ifndef DS_DECODER_PHRASES_H_
#define DS_DECODER_PHRASES_H_

#include <cstdint>
#include <vector>

namespace ds {

class Phrases {
 public:
  struct Phrase {
    std::vector<int> labels;
    float boost;  // in nats
  };

  // Without phrases: one state and no pay.
  Phrases() : Phrases({}, 0, -1) {}
  // `num_labels` labels, of which `space` separates words (-1: phrases match anywhere).
  Phrases(const std::vector<Phrase>& phrases, int num_labels, int space);

  bool empty() const { return states_.size() == 1; }
  uint32_t start() const { return start_; }
  uint32_t Next(uint32_t state, int label) const {
    return states_.size() == 1 ? 0 : next_[state * num_labels_ + static_cast<uint32_t>(label)];
  }
  // What the step from `from` to `to` adds to the score.
  float Gain(uint32_t from, uint32_t to) const {
    return states_[to].pay - states_[from].pay + states_[to].won;
  }
  // The same for the end of the text, which ends a word.
  float FinalGain(uint32_t state) const {
    const float won = space_ >= 0 && !empty() ? states_[Next(state, space_)].won : 0.0f;
    return won - states_[state].pay;
  }
  // No step gains more than this.
  float max_gain() const { return max_gain_; }

 private:
  struct State {
    float pay = 0.0f;
    float won = 0.0f;
  };
  uint32_t num_labels_;
  int space_;
  uint32_t start_ = 0;
  float max_gain_ = 0.0f;
  std::vector<State> states_;
  std::vector<uint32_t> next_;  // [states, labels]
};

}  // namespace ds
#endif  // DS_DECODER_PHRASES_H_
