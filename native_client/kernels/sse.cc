// Kernels for any x86-64 processor (SSE2).
#include "kernels/kernels.h"
#include "kernels/packing.h"

#if defined(__x86_64__)
#include <emmintrin.h>

namespace ds {
namespace {

constexpr int kLanes = 4;

// 16 outputs x 64 inputs: products of input pairs (0, 1) and (2, 3) in neighbouring sums, added
// last. `pairs` holds the inputs as [quad][x0 x1 x2 x3 x0 x1 x2 x3] of 16 bits.
inline void DotGroup(const uint8_t* weights, const __m128i* pairs, __m128i sums[4]) {
  const __m128i zero = _mm_setzero_si128();
  __m128i low[4] = {zero, zero, zero, zero}, high[4] = {zero, zero, zero, zero};
  for (int quad = 0; quad < kGroup / 4; ++quad, weights += kBlock * 4) {
    const __m128i x = pairs[quad];
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) {
      const __m128i w = _mm_load_si128(reinterpret_cast<const __m128i*>(weights) + j);
      low[j] = _mm_add_epi32(low[j], _mm_madd_epi16(_mm_unpacklo_epi8(w, zero), x));
      high[j] = _mm_add_epi32(high[j], _mm_madd_epi16(_mm_unpackhi_epi8(w, zero), x));
    }
  }
#pragma GCC unroll 8
  for (int j = 0; j < 4; ++j) {
    const __m128 a = _mm_castsi128_ps(low[j]), b = _mm_castsi128_ps(high[j]);
    sums[j] = _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0))),
                            _mm_castps_si128(_mm_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1))));
  }
}

void DotInt8(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets, int frames,
             float* out) {
  const __m128i zero = _mm_setzero_si128();
  for (int i = 0; i < frames * kBlock; ++i) out[i] = 0.0f;
  for (int g = 0; g < groups; ++g, block += kGroupBytes) {
    const __m128i* scales = reinterpret_cast<const __m128i*>(block + kBlock * kGroup);
    for (int f = 0; f < frames; ++f) {
      const int8_t* x = q + (g * frames + f) * kGroup;
      __m128i pairs[kGroup / 4];
      for (int quad = 0; quad < kGroup / 4; ++quad) {
        int32_t four;
        __builtin_memcpy(&four, x + quad * 4, 4);
        const __m128i bytes = _mm_set1_epi32(four);
        pairs[quad] = _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
      }
      const __m128i offset = _mm_set1_epi32(offsets[g * frames + f]);
      float* y = out + f * kBlock;
      for (int part = 0; part < 4; ++part, y += 16) {
        __m128i sums[4];
        DotGroup(block + part * 64, pairs, sums);
        const __m128i halves[2] = {_mm_load_si128(scales + 2 * part),
                                   _mm_load_si128(scales + 2 * part + 1)};
#pragma GCC unroll 8
        for (int j = 0; j < 4; ++j) {
          const __m128i half = halves[j / 2];
          const __m128 scale = _mm_castsi128_ps(j % 2 == 0 ? _mm_unpacklo_epi16(zero, half)
                                                           : _mm_unpackhi_epi16(zero, half));
          const __m128 product = _mm_cvtepi32_ps(_mm_add_epi32(sums[j], offset));
          _mm_storeu_ps(y + 4 * j, _mm_add_ps(_mm_loadu_ps(y + 4 * j), _mm_mul_ps(product, scale)));
        }
      }
    }
  }
}

#include "kernels/float.inc"

const Kernels kTable = Table("sse");

}  // namespace

const Kernels* const kSseKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kSseKernels = nullptr;
}  // namespace ds
#endif
