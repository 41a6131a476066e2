// Another sample rate, by a windowed sinc.
#ifndef DS_CLIENT_RESAMPLER_H_
#define DS_CLIENT_RESAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ds {

// Takes samples in pieces. The output's sample n lies at the input's time n * from / to; what is
// below 0.9 of the lower rate's half passes, what is above that half is 100 dB down.
class Resampler {
 public:
  Resampler(int from, int to);  // Hz

  // Appends the output that these samples complete.
  void Feed(const float* samples, size_t count, std::vector<float>* out);
  // Appends the rest: in all round(input * to / from) samples.
  void Finish(std::vector<float>* out);

 private:
  void Run(std::vector<float>* out, uint64_t limit);

  int64_t from_, to_;           // without common divisor
  int half_;                    // samples that count on either side
  int phases_;                  // filters between two input samples
  std::vector<float> filters_;  // [phases_ + 1][2 * half_]
  std::vector<float> input_;    // from `half_ - 1` samples before the next output's on
  int64_t phase_ = 0;           // of the next output, in 1 / to_ of an input sample
  uint64_t fed_ = 0, made_ = 0;
};

}  // namespace ds
#endif  // DS_CLIENT_RESAMPLER_H_
