// The discrete Fourier transform of real samples, in double precision.
#ifndef DS_FEATURES_FFT_H_
#define DS_FEATURES_FFT_H_

#include <vector>

namespace ds {

class RealFft {
 public:
  // `size` is a power of two, at least 4.
  explicit RealFft(int size);

  int size() const { return size_; }
  int bins() const { return size_ / 2 + 1; }
  // power[k] = |sum over n of x[n] exp(-2 pi i k n / size)|^2 for k = 0..size / 2. Overwrites
  // `work`, 2 * size doubles of which the first `size` hold x.
  void Power(double* work, double* power) const;

 private:
  int size_;
  std::vector<double> cosines_, sines_;  // exp(-2 pi i k / size) for k < size
};

}  // namespace ds
#endif  // DS_FEATURES_FFT_H_
