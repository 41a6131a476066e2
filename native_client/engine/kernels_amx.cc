// Kernels for AMX (servers from 2023 on): products of 16 frames at once in tile registers, everything
// else as with AVX-512.
#include "engine/kernels.h"
#include "engine/packing.h"

#if defined(__AMX_INT8__) && defined(__AVX512VNNI__)
#include <immintrin.h>

namespace ds {
namespace {

#include "engine/kernels_avx512.inc"

constexpr int kRows = 16;  // of a tile, each of 64 bytes

struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {kRows, kRows, kRows, kRows, kRows, kRows, kRows, kRows};
};
constexpr TileShapes kShapes;

// Integer sums of 16 frames and 64 outputs. Tiles 4 to 7 hold the group's weights: a quad of inputs
// of 16 outputs is a row of a tile as it is a run of 64 bytes in the packed block.
inline void TileProducts(const int8_t* x, int32_t* sums) {
  constexpr int kStride = kBlock * sizeof(int32_t);
  _tile_loadd(0, x, kGroup);
  _tile_zero(1);
  _tile_dpbsud(1, 0, 4);
  _tile_stored(1, sums, kStride);
  _tile_zero(2);
  _tile_dpbsud(2, 0, 5);
  _tile_stored(2, sums + 16, kStride);
  _tile_zero(3);
  _tile_dpbsud(3, 0, 6);
  _tile_stored(3, sums + 32, kStride);
  _tile_zero(1);
  _tile_dpbsud(1, 0, 7);
  _tile_stored(1, sums + 48, kStride);
}

void DotInt8(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets, int frames,
             float* out) {
  if (frames < kRows) return DotVnni(block, groups, q, offsets, frames, out);
  for (int i = 0; i < frames * kBlock; i += 16) _mm512_storeu_ps(out + i, _mm512_setzero_ps());
  alignas(64) int32_t sums[kRows * kBlock];
  _tile_loadconfig(&kShapes);
  for (int g = 0; g < groups; ++g, block += kGroupBytes, q += frames * kGroup, offsets += frames) {
    for (size_t i = 0; i < kGroupBytes; i += 64) {
      _mm_prefetch(reinterpret_cast<const char*>(block + kGroupBytes + i), _MM_HINT_T1);
    }
    _tile_loadd(4, block, kBlock * 4);
    _tile_loadd(5, block + 64, kBlock * 4);
    _tile_loadd(6, block + 128, kBlock * 4);
    _tile_loadd(7, block + 192, kBlock * 4);
    __m512 scales[4];
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) scales[j] = ScaleOf(block + kBlock * kGroup, j);
    int f = 0;
    for (; f + kRows <= frames; f += kRows) {
      TileProducts(q + f * kGroup, sums);
      for (int row = 0; row < kRows; ++row) {
        const __m512i offset = _mm512_set1_epi32(offsets[f + row]);
#pragma GCC unroll 8
        for (int j = 0; j < 4; ++j) {
          float* y = out + (f + row) * kBlock + j * 16;
          const __m512i sum =
              _mm512_add_epi32(_mm512_load_si512(sums + row * kBlock + j * 16), offset);
          const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scales[j]);
          _mm512_storeu_ps(y, _mm512_add_ps(_mm512_loadu_ps(y), product));
        }
      }
    }
    for (; f < frames; f += 4) {
      AddSome<false>(frames - f, block, q + f * kGroup, offsets + f, out + f * kBlock);
    }
  }
  _tile_release();
}

#include "engine/kernels_float.inc"

const Kernels kTable = Table("amx");

}  // namespace

const Kernels* const kAmxKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kAmxKernels = nullptr;
}  // namespace ds
#endif
