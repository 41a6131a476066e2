// The new prefixes of a frame: the best of them, as far as they can come into the beam.
#ifndef DS_DECODER_CANDIDATES_H_
#define DS_DECODER_CANDIDATES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "decoder/lanes.h"
#include "decoder/log_math.h"
#include "decoder/rising_bar.h"

namespace ds {

struct Candidate {  // a prefix that is not in the beam
  float score;
  float bonus;
  uint32_t parent;  // place in the beam
  int32_t label;
};

// Of the prefixes in the beam and the new ones, `width` stay; `limit` new ones are held at a time.
class Candidates {
 public:
  explicit Candidates(size_t width)
      : width_(width), limit_(2 * width + 256), bar_(width), candidates_(limit_) {
    keys_.reserve(width + limit_);
  }

  // Begins a frame, in which the `count` prefixes of the beam get `scores`; they are looked at
  // until Select.
  void Start(const float* scores, size_t count) {
    old_scores_ = scores;
    num_old_ = count;
    size_ = 0;
    worst_ = count < width_ ? kLogZero : Smallest(scores, count);
    bar_.Start(scores, count, worst_);
  }

  float worst() const { return worst_; }  // a new prefix must be better than this
  size_t limit() const { return limit_; }
  size_t size() const { return size_; }
  const Candidate& operator[](size_t i) const { return candidates_[i]; }

  // Takes a prefix that is better than worst(), unless it turns out not to be.
  void Add(const Candidate& candidate) {
    if (size_ == limit_) {
      Tighten();
      if (candidate.score <= worst_) return;
    }
    candidates_[size_++] = candidate;
    worst_ = bar_.Raise(candidate.score, worst_, width_);
  }

  // Marks the `width` best of the prefixes in the beam and of the new ones.
  void Select(uint8_t* keep_old, uint8_t* keep_new);

 private:
  // Order of scores as order of unsigned numbers, best first; equal scores by position.
  static uint64_t Key(float score, size_t position) {
    uint32_t bits;
    std::memcpy(&bits, &score, sizeof bits);
    bits = bits >> 31 ? bits : ~bits & 0x7fffffffu;
    return static_cast<uint64_t>(bits) << 32 | position;
  }
  void Tighten();

  const size_t width_, limit_;
  const float* old_scores_ = nullptr;
  size_t num_old_ = 0;
  float worst_ = 0;
  RisingBar bar_;
  std::vector<Candidate> candidates_;  // [limit]
  size_t size_ = 0;
  std::vector<uint64_t> keys_;
};

// Drops the candidates that cannot come into the beam any more.
inline void Candidates::Tighten() {
  const size_t n = num_old_;
  keys_.clear();
  for (size_t i = 0; i < n; ++i) keys_.push_back(Key(old_scores_[i], i));
  for (size_t i = 0; i < size_; ++i) keys_.push_back(Key(candidates_[i].score, n + i));
  std::nth_element(keys_.begin(), keys_.begin() + (width_ - 1), keys_.end());
  const uint64_t last = keys_[width_ - 1];
  const size_t position = last & UINT32_MAX;
  worst_ = position < n ? old_scores_[position] : candidates_[position - n].score;
  size_t kept = 0;
  for (size_t i = 0; i < size_; ++i) {
    if (Key(candidates_[i].score, n + i) <= last) candidates_[kept++] = candidates_[i];
  }
  size_ = kept;
}

inline void Candidates::Select(uint8_t* keep_old, uint8_t* keep_new) {
  const size_t n = num_old_, total = n + size_;
  const bool all = total <= width_ || size_ == 0;
  std::fill_n(keep_old, n, all);
  std::fill_n(keep_new, size_, all);
  if (all) return;
  keys_.clear();
  size_t room = width_;
  if (bar_.running()) {  // then only one bin has both
    const int32_t last = bar_.last();
    const int32_t* bins = bar_.old_bins();
    for (size_t i = 0; i < n; ++i) keep_old[i] = bins[i] < last;
    for (size_t i = 0; i < n; ++i) {
      if (bins[i] == last) keys_.push_back(Key(old_scores_[i], i));
    }
    for (size_t i = 0; i < size_; ++i) {
      const int32_t bin = bar_.Bin(candidates_[i].score);
      keep_new[i] = bin < last;
      if (bin == last) keys_.push_back(Key(candidates_[i].score, n + i));
    }
    room = width_ - bar_.before_last();
  } else {
    for (size_t i = 0; i < n; ++i) keys_.push_back(Key(old_scores_[i], i));
    for (size_t i = n; i < total; ++i) keys_.push_back(Key(candidates_[i - n].score, i));
  }
  if (room < keys_.size()) std::nth_element(keys_.begin(), keys_.begin() + room, keys_.end());
  for (size_t i = 0; i < std::min(room, keys_.size()); ++i) {
    const size_t position = keys_[i] & UINT32_MAX;
    (position < n ? keep_old[position] : keep_new[position - n]) = 1;
  }
}

}  // namespace ds
#endif  // DS_DECODER_CANDIDATES_H_
