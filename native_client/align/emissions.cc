#include "align/emissions.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ds {
namespace {

uint8_t CostOf(float prob) {
  const float cost = -16.0f * std::log(std::max(prob, 1e-12f));
  return static_cast<uint8_t>(std::lround(std::min(std::max(cost, 0.0f), 255.0f)));
}

float ScoreOf(uint8_t cost) { return static_cast<float>(cost) / -16.0f; }

}  // namespace

Emissions::Emissions(const Alphabet& alphabet, const std::vector<int>& labels)
    : blank_(static_cast<size_t>(alphabet.blank())), space_(alphabet.space()), used_(labels) {
  std::sort(used_.begin(), used_.end());
  used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
  columns_.reserve(labels.size());
  for (const int label : labels) {
    const auto found = std::lower_bound(used_.begin(), used_.end(), label);
    columns_.push_back(static_cast<uint16_t>(found - used_.begin()));
  }
  costs_.resize(used_.size());
}

void Emissions::Append(const float* probs, StepScores* scores) {
  const float space = space_ < 0 ? 0.0f : probs[space_];
  const uint8_t pause = CostOf(std::max(probs[blank_], space));
  bytes_.push_back(pause);
  for (size_t i = 0; i < used_.size(); ++i) costs_[i] = CostOf(probs[used_[i]]);
  if (dense()) {
    bytes_.insert(bytes_.end(), costs_.begin(), costs_.end());
  } else {
    KeepBest(costs_);
  }
  Read(steps_++, scores);
  scores->any = ScoreOf(CostOf(*std::max_element(probs, probs + blank_ + 1)));
  scores->voiced = std::min(std::max(1.0f - probs[blank_] - space, 0.0f), 1.0f);
}

void Emissions::KeepBest(const std::vector<uint8_t>& costs) {
  order_.resize(costs.size());
  std::iota(order_.begin(), order_.end(), uint16_t{0});
  std::nth_element(
      order_.begin(), order_.begin() + kKept, order_.end(),
      [&](uint16_t a, uint16_t b) { return costs[a] != costs[b] ? costs[a] < costs[b] : a < b; });
  for (size_t i = 0; i < kKept; ++i) {
    bytes_.push_back(costs[order_[i]]);
    sparse_.push_back(order_[i]);
  }
}

void Emissions::Read(size_t step, StepScores* scores) const {
  const size_t kept = dense() ? used_.size() : kKept;
  const uint8_t* row = bytes_.data() + step * (kept + 1);
  scores->pause = ScoreOf(row[0]);
  scores->label.assign(used_.size(), kFloor);
  for (size_t i = 0; i < kept; ++i) {
    scores->label[dense() ? i : sparse_[step * kKept + i]] = ScoreOf(row[i + 1]);
  }
}

}  // namespace ds
