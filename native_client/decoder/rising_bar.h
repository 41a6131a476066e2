// How good a new prefix must be, raised while they come in.
#ifndef DS_DECODER_RISING_BAR_H_
#define DS_DECODER_RISING_BAR_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "decoder/lanes.h"
#include "decoder/log_math.h"

namespace ds {

// A histogram of the scores seen in a frame. It tells how good a new prefix must be while they come
// in: when a whole bin of the worst cannot be among the best `width` any more, the bar rises.
class RisingBar {
 public:
  explicit RisingBar(size_t width) : old_bins_(width) {}

  // `scores` of the old prefixes, the worst of which is `worst` if they fill the beam.
  void Start(const float* scores, size_t count, float worst) {
    top_ = Largest(scores, count);
    running_ = worst > kLogZero && top_ > worst;
    if (!running_) return;
    scale_ = kBins / (top_ - worst);
    std::fill(bins_, bins_ + kBins, 0);
    Bins(scores, count, top_, scale_, kBins - 1, old_bins_.data());
    for (size_t i = 0; i < count; ++i) ++bins_[old_bins_[i]];
    last_ = kBins - 1;
    seen_ = count;
  }
  // Counts a score; returns the bar: `worst`, or higher.
  float Raise(float score, float worst, size_t width) {
    if (!running_) return worst;
    const int bin = Bin(score);
    if (bin > last_) return worst;
    ++bins_[bin];
    ++seen_;
    if (last_ == 0 || seen_ - bins_[last_] < width) return worst;
    while (last_ > 0 && seen_ - bins_[last_] >= width) seen_ -= bins_[last_--];
    // A little below the edge of the bin, against rounding.
    return std::max(worst, top_ - (static_cast<float>(last_) + 1.01f) / scale_);
  }

  bool running() const { return running_; }
  int last() const { return last_; }  // no worse bin has one of the best `width`
  // Scores in better bins: all are kept.
  size_t before_last() const { return seen_ - bins_[last_]; }
  int32_t Bin(float score) const { return BinOf(score, top_, scale_, kBins - 1); }
  const int32_t* old_bins() const { return old_bins_.data(); }

 private:
  static constexpr int kBins = 256;
  bool running_ = false;
  float top_ = 0, scale_ = 0;
  int last_ = 0;     // the worst bin that still counts
  size_t seen_ = 0;  // scores in the bins up to it
  uint32_t bins_[kBins];
  std::vector<int32_t> old_bins_;
};

}  // namespace ds
#endif  // DS_DECODER_RISING_BAR_H_
