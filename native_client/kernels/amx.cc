// Kernels for AMX (servers from 2023 on): products of 16 frames at once in tile registers,
// everything else as with AVX-512.
#include "kernels/kernels.h"
#include "kernels/packing.h"

#if defined(__AMX_INT8__) && defined(__AVX512VNNI__)
#include <immintrin.h>

namespace ds {
namespace {

#include "kernels/avx512.inc"

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
  _tile_zero(2);
  _tile_dpbsud(2, 0, 5);
  _tile_zero(3);
  _tile_dpbsud(3, 0, 6);
  _tile_stored(1, sums, kStride);
  _tile_zero(1);
  _tile_dpbsud(1, 0, 7);
  _tile_stored(2, sums + 16, kStride);
  _tile_stored(3, sums + 32, kStride);
  _tile_stored(1, sums + 48, kStride);
}

inline void LoadWeights(const uint8_t* group) {
  _tile_loadd(4, group, kBlock * 4);
  _tile_loadd(5, group + 64, kBlock * 4);
  _tile_loadd(6, group + 128, kBlock * 4);
  _tile_loadd(7, group + 192, kBlock * 4);
}

// Adds scale * (sum + offset) to the outputs of 16 frames; if kFetch, fetches the group at `next`
// meanwhile.
template <bool kFetch>
inline void AddTile(const int32_t* sums, const __m512* scales, const int32_t* offsets,
                    const uint8_t* next, float* out) {
#pragma GCC unroll 4
  for (int row = 0; row < kRows; ++row, sums += kBlock, out += kBlock, next += 256) {
    const __m512i offset = _mm512_set1_epi32(offsets[row]);
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) {
      if (kFetch) _mm_prefetch(reinterpret_cast<const char*>(next + j * 64), _MM_HINT_T1);
      const __m512i sum = _mm512_add_epi32(_mm512_load_si512(sums + j * 16), offset);
      const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scales[j]);
      _mm512_storeu_ps(out + j * 16, _mm512_add_ps(_mm512_loadu_ps(out + j * 16), product));
    }
  }
  if (kFetch) {
    _mm_prefetch(reinterpret_cast<const char*>(next), _MM_HINT_T1);
    _mm_prefetch(reinterpret_cast<const char*>(next + 64), _MM_HINT_T1);
  }
}

void DotInt8(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets, int frames,
             float* out) {
  if (frames < kRows) return DotVnni(block, groups, q, offsets, frames, out);
  for (int i = 0; i < frames * kBlock; i += 16) _mm512_storeu_ps(out + i, _mm512_setzero_ps());
  alignas(64) int32_t sums[2][kRows * kBlock];
  const int rest = frames - frames % kRows;
  // A group's weights are fetched ahead by about the time that memory takes to send them.
  const size_t ahead = (frames < 2 * kRows ? 3 : 1) * kGroupBytes;
  _tile_loadconfig(&kShapes);
  LoadWeights(block);
  TileProducts(q, sums[0]);
  int at = 0;
  for (int g = 0; g < groups; ++g, block += kGroupBytes, q += frames * kGroup, offsets += frames) {
    __m512 scales[4];
#pragma GCC unroll 8
    for (int j = 0; j < 4; ++j) scales[j] = ScaleOf(block + kBlock * kGroup, j);
    for (int f = 0; f < rest; f += kRows, at ^= 1) {
      // The tiles make the next products while the vector units add up these.
      if (f + kRows < rest) {
        TileProducts(q + (f + kRows) * kGroup, sums[at ^ 1]);
      } else if (g + 1 < groups) {
        LoadWeights(block + kGroupBytes);
        TileProducts(q + frames * kGroup, sums[at ^ 1]);
      }
      if (f == 0) {
        AddTile<true>(sums[at], scales, offsets, block + ahead, out);
      } else {
        AddTile<false>(sums[at], scales, offsets + f, block, out + f * kBlock);
      }
    }
    for (int f = rest; f < frames; f += kTogether) {
      AddSome<false>(frames - f, block, q + f * kGroup, offsets + f, out + f * kBlock);
    }
  }
  _tile_release();
}

#include "kernels/float.inc"

const Kernels kTable = Table("amx", DotInt4By<DotOneInt4>);

}  // namespace

const Kernels* const kAmxKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kAmxKernels = nullptr;
}  // namespace ds
#endif
