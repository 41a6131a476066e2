// Logarithms of the beam search: floats, natural logarithm, the same bits on every processor.
//
// Only + - * / and integer operations (no libm, and the build forbids contraction to FMA), so that
// a transcript does not depend on the machine; the loops over these functions vectorise.
#ifndef DS_DECODER_LOG_MATH_H_
#define DS_DECODER_LOG_MATH_H_

#include <cstdint>
#include <cstring>
#include <limits>

namespace ds {

// log 0. A finite number: adding to it stays there, and no NaN can arise.
constexpr float kLogZero = -std::numeric_limits<float>::max();

// Natural logarithm of a normal number x > 0: e ln 2 + 2 artanh((m - 1) / (m + 1)) for x = m 2^e
// with m from sqrt(1/2) to sqrt(2). Error below 1e-15 + 4e-16 |log x|.
inline double Log(double x) {
  constexpr uint64_t kSqrtHalf = 0x3fe6a09e667f3bcd;  // its bits
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const int64_t e = static_cast<int64_t>(bits - kSqrtHalf) >> 52;
  bits -= static_cast<uint64_t>(e) << 52;
  double m;
  std::memcpy(&m, &bits, sizeof m);
  const double s = (m - 1.0) / (m + 1.0);
  const double q = s * s;
  double p = 1.0 / 23.0;
  p = p * q + 1.0 / 21.0;
  p = p * q + 1.0 / 19.0;
  p = p * q + 1.0 / 17.0;
  p = p * q + 1.0 / 15.0;
  p = p * q + 1.0 / 13.0;
  p = p * q + 1.0 / 11.0;
  p = p * q + 1.0 / 9.0;
  p = p * q + 1.0 / 7.0;
  p = p * q + 1.0 / 5.0;
  p = p * q + 1.0 / 3.0;
  p = p * q + 1.0;
  return static_cast<double>(e) * 0.693147180559945309417 + 2.0 * s * p;
}

// log p, with the floor that 0.9.3 puts under a probability of zero.
inline float LogProb(double p) {
  return static_cast<float>(Log(p + static_cast<double>(std::numeric_limits<float>::min())));
}

// exp(-d) for d >= 0: 2^n * e^r with |r| <= ln 2 / 2. Relative error 2e-7.
inline float ExpNeg(float d) {
  const float x = -(d < 40.0f ? d : 40.0f);  // no denormal numbers on the way
  const float shifted = x * 1.44269504f - 0.5f;
  const int32_t n = static_cast<int32_t>(shifted);  // round to nearest: x <= 0
  const float r =
      (x - static_cast<float>(n) * 0.693145752f) - static_cast<float>(n) * 1.42860677e-6f;
  float p = 1.98412698e-4f;
  p = p * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const int32_t bits = (n + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

// log(1 + t) for 0 <= t <= 1 by 2 artanh(t / (2 + t)). Relative error 1e-7.
inline float Log1p(float t) {
  const float s = t / (2.0f + t);
  const float q = s * s;
  float p = 1.0f / 15.0f;
  p = p * q + 1.0f / 13.0f;
  p = p * q + 1.0f / 11.0f;
  p = p * q + 1.0f / 9.0f;
  p = p * q + 1.0f / 7.0f;
  p = p * q + 1.0f / 5.0f;
  p = p * q + 1.0f / 3.0f;
  p = p * q + 1.0f;
  return 2.0f * s * p;
}

// log(e^x + e^y)
inline float LogAdd(float x, float y) {
  const float high = x > y ? x : y;
  const float low = x > y ? y : x;
  return high + Log1p(ExpNeg(high - low));
}

}  // namespace ds
#endif  // DS_DECODER_LOG_MATH_H_
