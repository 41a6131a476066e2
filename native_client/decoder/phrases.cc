#include "decoder/phrases.h"

#include <algorithm>

namespace ds {
namespace {
constexpr uint32_t kNone = UINT32_MAX;
}  // namespace

Phrases::Phrases(const std::vector<Phrase>& phrases, int num_labels, int space)
    : num_labels_(static_cast<uint32_t>(num_labels)), space_(space), states_(1) {
  next_.assign(num_labels_, kNone);
  const auto child = [&](uint32_t state, int label) {
    uint32_t to = next_[state * num_labels_ + static_cast<uint32_t>(label)];
    if (to == kNone) {
      to = static_cast<uint32_t>(states_.size());
      next_[state * num_labels_ + static_cast<uint32_t>(label)] = to;
      states_.emplace_back();
      next_.resize(next_.size() + num_labels_, kNone);
    }
    return to;
  };
  for (const Phrase& phrase : phrases) {
    uint32_t state = space >= 0 ? child(0, space) : 0;
    const float length = static_cast<float>(phrase.labels.size());
    for (size_t i = 0; i < phrase.labels.size(); ++i) {
      state = child(state, phrase.labels[i]);
      // In bytes mode the last byte wins the boost; it is not paid twice.
      const bool last = i + 1 == phrase.labels.size();
      const float pay =
          space < 0 && last ? 0.0f : phrase.boost * static_cast<float>(i + 1) / length;
      states_[state].pay = std::max(states_[state].pay, pay);
    }
    if (space >= 0) state = child(state, space);
    states_[state].won += phrase.boost;
  }
  if (empty()) return;
  // Breadth first: a missing step is the step of the longest suffix that is still a beginning.
  std::vector<uint32_t> fail(states_.size(), 0), queue;
  for (uint32_t label = 0; label < num_labels_; ++label) {
    uint32_t& to = next_[label];
    if (to == kNone)
      to = 0;
    else
      queue.push_back(to);
  }
  for (size_t i = 0; i < queue.size(); ++i) {
    const uint32_t state = queue[i];
    const State& suffix = states_[fail[state]];
    states_[state].won += suffix.won;
    states_[state].pay = std::max(states_[state].pay, suffix.pay);
    for (uint32_t label = 0; label < num_labels_; ++label) {
      uint32_t& to = next_[state * num_labels_ + label];
      const uint32_t via = next_[fail[state] * num_labels_ + label];
      if (to == kNone) {
        to = via;
      } else {
        fail[to] = via;
        queue.push_back(to);
      }
    }
  }
  start_ = space >= 0 ? next_[static_cast<uint32_t>(space)] : 0;
  for (uint32_t state = 0; state < states_.size(); ++state) {
    for (uint32_t label = 0; label < num_labels_; ++label) {
      max_gain_ = std::max(max_gain_, Gain(state, next_[state * num_labels_ + label]));
    }
  }
}

}  // namespace ds
