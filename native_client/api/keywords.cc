#include "api/keywords.h"

#include <algorithm>
#include <cmath>

namespace ds {
namespace {

constexpr int kSilence = 25;  // frames: 0.5 s

}  // namespace

bool KeywordWatch::Step(const float* probs, int frames, int classes) {
  spotter_.Step(probs, static_cast<size_t>(frames), static_cast<size_t>(classes), &hits_);
  for (int i = 0; i < frames; ++i, probs += classes) {
    const auto best = std::max_element(probs, probs + classes) - probs;
    silent_ = best == classes - 1 || best == space_ ? silent_ + 1 : 0;
  }
  if (silent_ < kSilence) return false;
  silent_ = 0;
  spotter_.Rest();
  return true;
}

const std::vector<HeardKeyword>& KeywordWatch::Take(double step_seconds) {
  given_.clear();
  given_.reserve(hits_.size());
  for (const KeywordHit& hit : hits_) {
    given_.push_back({keywords_[hit.keyword].name.c_str(),
                      static_cast<double>(hit.start) * step_seconds,
                      static_cast<double>(hit.end) * step_seconds, std::exp(hit.score)});
  }
  hits_.clear();
  return given_;
}

}  // namespace ds
