// Changes the sample rate with a windowed sinc.
#ifndef DS_CLIENT_RESAMPLER_H_
#define DS_CLIENT_RESAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ds {

// Takes samples in pieces. Output sample n lies at input time n * from / to. Frequencies below 0.9
// of half the lower rate pass; those above that half are attenuated by 100 dB.
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
