#include "features/fft.h"

#include <cmath>
#include <utility>

namespace ds {

RealFft::RealFft(int size) : size_(size), cosines_(size), sines_(size) {
  const double step = -2.0 * 3.14159265358979323846 / size;
  for (int k = 0; k < size; ++k) {
    cosines_[k] = std::cos(step * k);
    sines_[k] = std::sin(step * k);
  }
}

// Samples 2n and 2n + 1 are the real and imaginary parts of a transform of half the size, done by
// Stockham's method: each stage reads one buffer and writes the other in the order of the next.
void RealFft::Power(double* work, double* power) const {
  const int half = size_ / 2;
  double* from = work;  // (real, imaginary) pairs
  double* to = work + size_;
  for (int length = half, stride = 1; length > 1; length /= 2, stride *= 2) {
    const int middle = length / 2;
    for (int p = 0; p < middle; ++p) {
      const double c = cosines_[p * 2 * stride], s = sines_[p * 2 * stride];
      const double* a = from + 2 * stride * p;
      const double* b = from + 2 * stride * (p + middle);
      double* sum = to + 4 * stride * p;
      double* difference = sum + 2 * stride;
      for (int q = 0; q < 2 * stride; q += 2) {
        const double real = a[q] - b[q], imaginary = a[q + 1] - b[q + 1];
        sum[q] = a[q] + b[q];
        sum[q + 1] = a[q + 1] + b[q + 1];
        difference[q] = real * c - imaginary * s;
        difference[q + 1] = real * s + imaginary * c;
      }
    }
    std::swap(from, to);
  }
  // Bin k: the transforms of the even and of the odd samples, put together.
  power[0] = (from[0] + from[1]) * (from[0] + from[1]);
  power[half] = (from[0] - from[1]) * (from[0] - from[1]);
  for (int k = 1; k < half; ++k) {
    const double* z = from + 2 * k;
    const double* mirror = from + 2 * (half - k);
    const double even_real = 0.5 * (z[0] + mirror[0]), even_imaginary = 0.5 * (z[1] - mirror[1]);
    const double odd_real = 0.5 * (z[1] + mirror[1]), odd_imaginary = 0.5 * (mirror[0] - z[0]);
    const double real = even_real + odd_real * cosines_[k] - odd_imaginary * sines_[k];
    const double imaginary = even_imaginary + odd_real * sines_[k] + odd_imaginary * cosines_[k];
    power[k] = real * real + imaginary * imaginary;
  }
}

}  // namespace ds
