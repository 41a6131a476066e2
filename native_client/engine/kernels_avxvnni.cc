// Kernels for AVX-VNNI (client processors from 2021 on). Compiled with -mavx2 -mavxvnni.
#include "engine/kernels.h"
#include "engine/packing.h"

#if defined(__AVXVNNI__)
#include <immintrin.h>

namespace ds {
namespace {

constexpr int kLanes = 8;

// Adds scale * product to 32 outputs of F frames.
template <int F>
inline void AddGroup(const uint8_t* weights, const uint8_t* scales, const int8_t* x, size_t stride,
                     const int32_t* offsets, int groups, float* out) {
  __m256i sums[F][4];
  for (int f = 0; f < F; ++f) {
    for (int j = 0; j < 4; ++j) sums[f][j] = _mm256_set1_epi32(offsets[f * groups]);
  }
  for (int quad = 0; quad < kGroup / 4; ++quad, weights += kBlock * 4) {
    __m256i w[4];
    for (int j = 0; j < 4; ++j) {
      w[j] = _mm256_load_si256(reinterpret_cast<const __m256i*>(weights) + j);
    }
    for (int f = 0; f < F; ++f) {
      int32_t four;
      __builtin_memcpy(&four, x + f * stride + quad * 4, 4);
      const __m256i input = _mm256_set1_epi32(four);
      for (int j = 0; j < 4; ++j) {
        sums[f][j] = _mm256_dpbusd_avx_epi32(sums[f][j], w[j], input);
      }
    }
  }
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

void DotInt8(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets, int frames,
             float* out) {
  const size_t stride = static_cast<size_t>(groups) * kGroup;
  for (int i = 0; i < frames * kBlock; i += 8) _mm256_storeu_ps(out + i, _mm256_setzero_ps());
  for (int g = 0; g < groups; ++g, block += kGroupBytes) {
    const uint8_t* scales = block + kBlock * kGroup;
    const int8_t* x = q + g * kGroup;
    for (int half = 0; half < 2; ++half) {
      const uint8_t* weights = block + half * 128;
      float* y = out + half * 32;
      int f = 0;
      for (; f + 2 <= frames; f += 2) {
        AddGroup<2>(weights, scales + half * 64, x + f * stride, stride, offsets + f * groups + g,
                    groups, y + f * kBlock);
      }
      if (f < frames) {
        AddGroup<1>(weights, scales + half * 64, x + f * stride, stride, offsets + f * groups + g,
                    groups, y + f * kBlock);
      }
    }
  }
}

#include "engine/kernels_float.inc"

const Kernels kTable = Table("avxvnni");

}  // namespace

const Kernels* const kAvxVnniKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kAvxVnniKernels = nullptr;
}  // namespace ds
#endif
