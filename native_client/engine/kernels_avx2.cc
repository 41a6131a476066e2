// Kernels for AVX2. Compiled with -mavx2; run only where the processor has it.
#include "engine/kernels.h"
#include "engine/packing.h"

#if defined(__AVX2__)
#include <immintrin.h>

namespace ds {
namespace {

constexpr int kLanes = 8;

// 32 outputs x 64 inputs of F frames. maddubs cannot saturate: |x| <= 127 and |w| <= 127.
template <int F>
inline void DotGroup(const uint8_t* weights, const int8_t* x, size_t stride, __m256i sums[F][4]) {
  const __m256i flip = _mm256_set1_epi8(-128), ones = _mm256_set1_epi16(1);
  for (int quad = 0; quad < kGroup / 4; ++quad, weights += kBlock * 4) {
    __m256i input[F], magnitude[F];
    for (int f = 0; f < F; ++f) {
      int32_t four;
      __builtin_memcpy(&four, x + f * stride + quad * 4, 4);
      input[f] = _mm256_set1_epi32(four);
      magnitude[f] = _mm256_abs_epi8(input[f]);
    }
    for (int j = 0; j < 4; ++j) {
      const __m256i w =
          _mm256_xor_si256(_mm256_load_si256(reinterpret_cast<const __m256i*>(weights) + j), flip);
      for (int f = 0; f < F; ++f) {
        const __m256i pairs = _mm256_maddubs_epi16(magnitude[f], _mm256_sign_epi8(w, input[f]));
        sums[f][j] = _mm256_add_epi32(sums[f][j], _mm256_madd_epi16(pairs, ones));
      }
    }
  }
}

// Adds scale * product to 32 outputs of F frames.
template <int F>
inline void AddGroup(const uint8_t* weights, const uint8_t* scales, const int8_t* x, size_t stride,
                     float* out) {
  __m256i sums[F][4];
  for (int f = 0; f < F; ++f) {
    for (int j = 0; j < 4; ++j) sums[f][j] = _mm256_setzero_si256();
  }
  DotGroup<F>(weights, x, stride, sums);
  for (int j = 0; j < 4; ++j) {
    const __m128i half = _mm_load_si128(reinterpret_cast<const __m128i*>(scales) + j);
    const __m256 scale = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
    for (int f = 0; f < F; ++f) {
      float* y = out + f * kBlock + j * 8;
      const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[f][j]), scale);
      _mm256_storeu_ps(y, _mm256_add_ps(_mm256_loadu_ps(y), product));
    }
  }
}

void DotInt8(const uint8_t* block, int groups, const int8_t* q, const int32_t*, int frames,
             float* out) {
  const size_t stride = static_cast<size_t>(groups) * kGroup;
  for (int i = 0; i < frames * kBlock; i += 8) _mm256_storeu_ps(out + i, _mm256_setzero_ps());
  for (int g = 0; g < groups; ++g, block += kGroupBytes) {
    const uint8_t* scales = block + kBlock * kGroup;
    const int8_t* x = q + g * kGroup;
    for (int half = 0; half < 2; ++half) {
      const uint8_t* weights = block + half * 128;
      int f = 0;
      for (; f + 2 <= frames; f += 2) {
        AddGroup<2>(weights, scales + half * 64, x + f * stride, stride,
                    out + f * kBlock + half * 32);
      }
      if (f < frames) {
        AddGroup<1>(weights, scales + half * 64, x + f * stride, stride,
                    out + f * kBlock + half * 32);
      }
    }
  }
}

#include "engine/kernels_float.inc"

const Kernels kTable = Table("avx2");

}  // namespace

const Kernels* const kAvx2Kernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kAvx2Kernels = nullptr;
}  // namespace ds
#endif
