#include "client/chain.h"

#include <algorithm>

namespace ds {

size_t ChainSource::Read(float* mono, size_t count) {
  while (!ended_) {
    if (used_ < resampled_.size()) {
      const size_t given = std::min(count, resampled_.size() - used_);
      std::copy_n(resampled_.begin() + static_cast<std::ptrdiff_t>(used_), given, mono);
      used_ += given;
      return given;
    }
    const size_t got = ReadPart(mono, count);
    if (got > 0 && !resampler_) return got;
    resampled_.clear();
    used_ = 0;
    if (got > 0) {
      resampler_->Feed(mono, got, &resampled_);
    } else if (resampler_) {
      resampler_->Finish(&resampled_);
      resampler_ = nullptr;
    } else {
      const int rate = NextPart();
      ended_ = rate == 0;
      if (!ended_ && rate != rate_) resampler_ = std::make_unique<Resampler>(rate, rate_);
    }
  }
  return 0;
}

}  // namespace ds
