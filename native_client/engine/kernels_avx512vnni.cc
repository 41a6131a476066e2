// Kernels for AVX-512 with VNNI (servers from 2019, Zen 4 from 2022 on).
#include "engine/kernels.h"
#include "engine/packing.h"

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#include <immintrin.h>

namespace ds {
namespace {

constexpr int kLanes = 16;
constexpr int kAhead = 4096;  // bytes that the weights are prefetched ahead

inline __m512 ScaleOf(const uint8_t* scales, int j) {
  const __m256i half = _mm256_load_si256(reinterpret_cast<const __m256i*>(scales) + j);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

inline __m512i Input(const int8_t* x) {
  int32_t four;
  __builtin_memcpy(&four, x, 4);
  return _mm512_set1_epi32(four);
}

// Adds scale * product to the 64 outputs of F frames. The first frames of a group prefetch the next
// group; the others find their weights in the first-level cache.
template <int F, bool kFirst>
inline void AddGroup(const uint8_t* weights, const int8_t* x, const int32_t* offsets, float* out) {
  __m512i sums[F][4];
#pragma GCC unroll 8
  for (int f = 0; f < F; ++f) {
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) sums[f][j] = _mm512_set1_epi32(offsets[f]);
  }
  const uint8_t* scales = weights + kBlock * kGroup;
  for (int quad = 0; quad < kGroup / 4; ++quad, weights += kBlock * 4) {
    __m512i w[4];
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) {
      const uint8_t* next = weights + kAhead + j * 64;
      if (kFirst) _mm_prefetch(reinterpret_cast<const char*>(next), _MM_HINT_T1);
      w[j] = _mm512_load_si512(weights + j * 64);
    }
#pragma GCC unroll 8
    for (int f = 0; f < F; ++f) {
      const __m512i input = Input(x + f * kGroup + quad * 4);
#pragma GCC unroll 8
      for (int j = 0; j < 4; ++j) sums[f][j] = _mm512_dpbusd_epi32(sums[f][j], w[j], input);
    }
  }
#pragma GCC unroll 8
  for (int j = 0; j < 4; ++j) {
    const __m512 scale = ScaleOf(scales, j);
#pragma GCC unroll 8
    for (int f = 0; f < F; ++f) {
      float* y = out + f * kBlock + j * 16;
      const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[f][j]), scale);
      _mm512_storeu_ps(y, _mm512_add_ps(_mm512_loadu_ps(y), product));
    }
  }
}

// The same for the first four of `frames` frames, or all if there are fewer.
template <bool kFirst>
inline void AddSome(int frames, const uint8_t* weights, const int8_t* x, const int32_t* offsets,
                    float* out) {
  switch (frames) {
    case 1: return AddGroup<1, kFirst>(weights, x, offsets, out);
    case 2: return AddGroup<2, kFirst>(weights, x, offsets, out);
    case 3: return AddGroup<3, kFirst>(weights, x, offsets, out);
    default: return AddGroup<4, kFirst>(weights, x, offsets, out);
  }
}

// One frame: bound by memory, so all sums stay in registers and the weights are prefetched.
void DotOne(const uint8_t* block, int groups, const int8_t* x, const int32_t* offsets, float* out) {
  __m512 totals[4];
#pragma GCC unroll 8
  for (int j = 0; j < 4; ++j) totals[j] = _mm512_setzero_ps();
  for (int g = 0; g < groups; ++g, block += kGroupBytes, x += kGroup) {
    __m512i even[4], odd[4];
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) {
      even[j] = _mm512_set1_epi32(offsets[g]);
      odd[j] = _mm512_setzero_si512();
    }
    for (int quad = 0; quad < kGroup / 4; quad += 2) {
      const uint8_t* weights = block + quad * kBlock * 4;
      const __m512i first = Input(x + quad * 4), second = Input(x + quad * 4 + 4);
#pragma GCC unroll 8
      for (int j = 0; j < 4; ++j) {
        _mm_prefetch(reinterpret_cast<const char*>(weights + kAhead + j * 64), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(weights + kAhead + 256 + j * 64), _MM_HINT_T0);
        even[j] = _mm512_dpbusd_epi32(even[j], _mm512_load_si512(weights + j * 64), first);
        odd[j] = _mm512_dpbusd_epi32(odd[j], _mm512_load_si512(weights + 256 + j * 64), second);
      }
    }
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) {
      const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(even[j], odd[j])),
                                           ScaleOf(block + kBlock * kGroup, j));
      totals[j] = _mm512_add_ps(totals[j], product);
    }
  }
#pragma GCC unroll 8
  for (int j = 0; j < 4; ++j) _mm512_storeu_ps(out + j * 16, totals[j]);
}

void DotInt8(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets, int frames,
             float* out) {
  if (frames == 1) return DotOne(block, groups, q, offsets, out);
  for (int i = 0; i < frames * kBlock; i += 16) _mm512_storeu_ps(out + i, _mm512_setzero_ps());
  for (int g = 0; g < groups; ++g, block += kGroupBytes, q += frames * kGroup, offsets += frames) {
    AddSome<true>(frames, block, q, offsets, out);
    for (int f = 4; f < frames; f += 4) {
      AddSome<false>(frames - f, block, q + f * kGroup, offsets + f, out + f * kBlock);
    }
  }
}

#include "engine/kernels_float.inc"

const Kernels kTable = Table("avx512vnni");

}  // namespace

const Kernels* const kAvx512VnniKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kAvx512VnniKernels = nullptr;
}  // namespace ds
#endif
