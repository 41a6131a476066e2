#include "client/resampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ds {
namespace {

constexpr double kPi = 3.14159265358979323846;
// A Kaiser window of 64 zero crossings on either side: with beta 10 the transition is 0.1 of the
// band wide and the stop band 100 dB down.
constexpr int kZeroCrossings = 64;
constexpr double kBeta = 10.06;
constexpr double kCutoff = 0.95;
// Rates whose ratio needs more filters are interpolated between so many (error below -115 dB).
constexpr int kMaxPhases = 1024;

double BesselI0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

float Dot(const float* a, const float* b, int count) {  // count is even
  float sums[8] = {};
  int i = 0;
  for (; i + 8 <= count; i += 8) {
    for (int j = 0; j < 8; ++j) sums[j] += a[i + j] * b[i + j];
  }
  for (; i < count; ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

Resampler::Resampler(int from, int to) {
  const int divisor = std::gcd(from, to);
  from_ = from / divisor;
  to_ = to / divisor;
  phases_ = static_cast<int>(std::min<int64_t>(to_, kMaxPhases));
  const double band = std::min(1.0, static_cast<double>(to) / from);
  half_ = static_cast<int>(std::ceil(kZeroCrossings / band));
  filters_.resize(static_cast<size_t>(phases_ + 1) * 2 * half_);
  std::vector<double> filter(2 * half_);
  for (int p = 0; p <= phases_; ++p) {
    double sum = 0;
    for (int k = 0; k < 2 * half_; ++k) {
      const double t = k - (half_ - 1) - static_cast<double>(p) / phases_;
      const double edge = 1 - (t / half_) * (t / half_);
      const double x = kPi * kCutoff * band * t;
      const double sinc = std::fabs(x) < 1e-9 ? 1.0 : std::sin(x) / x;
      filter[k] = edge <= 0 ? 0.0 : sinc * BesselI0(kBeta * std::sqrt(edge));
      sum += filter[k];
    }
    for (int k = 0; k < 2 * half_; ++k) {  // a constant stays as it is
      filters_[static_cast<size_t>(p) * 2 * half_ + k] = static_cast<float>(filter[k] / sum);
    }
  }
  input_.assign(half_ - 1, 0.0f);
}

void Resampler::Feed(const float* samples, size_t count, std::vector<float>* out) {
  input_.insert(input_.end(), samples, samples + count);
  fed_ += count;
  Run(out, UINT64_MAX);
}

void Resampler::Finish(std::vector<float>* out) {
  const uint64_t total = (2 * fed_ * to_ + from_) / (2 * from_);
  input_.insert(input_.end(), 2 * half_, 0.0f);
  Run(out, total);
}

void Resampler::Run(std::vector<float>* out, uint64_t limit) {
  const size_t taps = 2 * static_cast<size_t>(half_);
  size_t at = 0;
  while (at + taps <= input_.size() && made_ < limit) {
    const double exact = static_cast<double>(phase_) * phases_ / to_;
    const int phase = static_cast<int>(exact);
    const float fraction = static_cast<float>(exact - phase);
    const float* filter = filters_.data() + phase * taps;
    float value = Dot(input_.data() + at, filter, static_cast<int>(taps));
    if (fraction > 0) {
      value += fraction * (Dot(input_.data() + at, filter + taps, static_cast<int>(taps)) - value);
    }
    out->push_back(value);
    ++made_;
    phase_ += from_;
    at += static_cast<size_t>(phase_ / to_);
    phase_ %= to_;
  }
  // A step is shorter than a filter, so `at` lies within the input.
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace ds
