#include "segment/band_levels.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

namespace ds {
namespace {

constexpr double kLowest = 100, kHighest = 7000;  // Hz

double ToMel(double hertz) { return 1127 * std::log1p(hertz / 700); }
double ToHertz(double mel) { return 700 * std::expm1(mel / 1127); }

int CheckedRate(int rate) {
  if (rate >= 1000 && rate <= 1000000) return rate;
  throw Error("the sample rate is " + std::to_string(rate) + ": expected 1000 to 1000000 Hz");
}

size_t PowerOfTwo(size_t least) {
  size_t size = 4;
  while (size < least) size *= 2;
  return size;
}

}  // namespace

BandLevels::BandLevels(int sample_rate)
    : window_(static_cast<size_t>(CheckedRate(sample_rate)) * 32 / 1000),
      step_(static_cast<size_t>(sample_rate) / 50),
      fft_(static_cast<int>(PowerOfTwo(window_))),
      taper_(window_),
      edges_(kBands + 1),
      work_(2 * static_cast<size_t>(fft_.size())),
      power_(static_cast<size_t>(fft_.bins())) {
  constexpr double kPi = 3.14159265358979323846;
  double squares = 0;
  for (size_t i = 0; i < window_; ++i) {
    taper_[i] = 0.5 - 0.5 * std::cos(2 * kPi * (static_cast<double>(i) + 0.5) /
                                     static_cast<double>(window_));
    squares += taper_[i] * taper_[i];
  }
  for (double& weight : taper_) weight /= 32768 * std::sqrt(squares);

  const double low = ToMel(kLowest), high = ToMel(std::min(kHighest, 0.5 * sample_rate));
  for (int i = 0; i <= kBands; ++i) {
    const double hertz = ToHertz(low + i * (high - low) / kBands);
    const int bin = static_cast<int>(std::ceil(hertz * fft_.size() / sample_rate));
    // Each has one bin at least, as far as there are any.
    const int least = i == 0 ? 1 : edges_[static_cast<size_t>(i) - 1] + 1;
    edges_[static_cast<size_t>(i)] = std::min(std::max(bin, least), fft_.bins());
  }
}

void BandLevels::Feed(const int16_t* samples, size_t count, std::vector<Bands>* steps) {
  buffer_.insert(buffer_.end(), samples, samples + count);
  size_t at = 0;
  for (; at + window_ <= buffer_.size(); at += step_) steps->push_back(Measure(&buffer_[at]));
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at));
}

Bands BandLevels::Measure(const int16_t* samples) {
  std::fill(work_.begin(), work_.end(), 0.0);
  for (size_t i = 0; i < window_; ++i) work_[i] = samples[i] * taper_[i];
  fft_.Power(work_.data(), power_.data());
  Bands bands;
  for (size_t b = 0; b < kBands; ++b) {
    double sum = 0;
    for (int k = edges_[b]; k < edges_[b + 1]; ++k) sum += power_[static_cast<size_t>(k)];
    bands[b] = static_cast<float>(sum / std::max(1, edges_[b + 1] - edges_[b]));
  }
  return bands;
}

}  // namespace ds
