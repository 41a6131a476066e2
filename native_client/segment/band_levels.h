// The power of a recording in bands of frequency, step by step.
#ifndef DS_SEGMENT_BAND_LEVELS_H_
#define DS_SEGMENT_BAND_LEVELS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "features/fft.h"

namespace ds {

constexpr int kBands = 12;  // of equal width in mel, from 100 Hz on
using Bands =
    std::array<float, kBands>;  // power of each as white noise would have it, 1 = full scale

class BandLevels {
 public:
  // Throws Error for a rate below 1000 Hz or above 1 MHz.
  explicit BandLevels(int sample_rate);

  size_t step() const { return step_; }  // samples from one step to the next: 20 ms
  // Appends the steps that are complete now, each of a window of 32 ms. They do not depend on how
  // the samples are split into calls.
  void Feed(const int16_t* samples, size_t count, std::vector<Bands>* steps);

 private:
  Bands Measure(const int16_t* samples);

  const size_t window_, step_;
  const RealFft fft_;
  std::vector<double> taper_;
  std::vector<int> edges_;  // bins where bands begin, and where the last one ends
  std::vector<int16_t> buffer_;
  std::vector<double> work_, power_;
};

}  // namespace ds
#endif  // DS_SEGMENT_BAND_LEVELS_H_
