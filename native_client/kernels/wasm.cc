// Kernels for WebAssembly with SIMD (128 bits).
#include "kernels/kernels.h"
#include "kernels/packing.h"

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>

namespace ds {
namespace {

constexpr int kLanes = 4;

// The inputs of a quad as [x0 x1 x2 x3 x0 x1 x2 x3] of 16 bits.
inline v128_t Pairs(const int8_t* x) {
  return wasm_i16x8_extend_low_i8x16(wasm_v128_load32_splat(x));
}

// 8 outputs x 64 inputs of F frames: products of input pairs (0, 1) and (2, 3) in neighbouring
// sums, added last.
template <int F>
inline void AddGroup(const uint8_t* weights, const uint8_t* scales, const int8_t* x,
                     const int32_t* offsets, float* y) {
  v128_t low[F][2], high[F][2];
#pragma GCC unroll 8
  for (int f = 0; f < F; ++f) {
    low[f][0] = low[f][1] = high[f][0] = high[f][1] = wasm_i32x4_splat(0);
  }
#pragma GCC unroll 2
  for (int quad = 0; quad < kGroup / 4; ++quad, weights += kBlock * 4) {
    v128_t pairs[F];
#pragma GCC unroll 8
    for (int f = 0; f < F; ++f) pairs[f] = Pairs(x + f * kGroup + quad * 4);
#pragma GCC unroll 8
    for (int j = 0; j < 2; ++j) {
      const v128_t first = wasm_u16x8_load8x8(weights + j * 16);
      const v128_t second = wasm_u16x8_load8x8(weights + j * 16 + 8);
#pragma GCC unroll 8
      for (int f = 0; f < F; ++f) {
        low[f][j] = wasm_i32x4_add(low[f][j], wasm_i32x4_dot_i16x8(first, pairs[f]));
        high[f][j] = wasm_i32x4_add(high[f][j], wasm_i32x4_dot_i16x8(second, pairs[f]));
      }
    }
  }
#pragma GCC unroll 8
  for (int j = 0; j < 2; ++j) {
    const v128_t scale = wasm_i32x4_shl(wasm_u32x4_load16x4(scales + j * 8), 16);
#pragma GCC unroll 8
    for (int f = 0; f < F; ++f) {
      const v128_t sum = wasm_i32x4_add(wasm_i32x4_shuffle(low[f][j], high[f][j], 0, 2, 4, 6),
                                        wasm_i32x4_shuffle(low[f][j], high[f][j], 1, 3, 5, 7));
      const v128_t product =
          wasm_f32x4_convert_i32x4(wasm_i32x4_add(sum, wasm_i32x4_splat(offsets[f])));
      float* out = y + f * kBlock + j * 4;
      wasm_v128_store(out, wasm_f32x4_add(wasm_v128_load(out), wasm_f32x4_mul(product, scale)));
    }
  }
}

void DotInt8(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets, int frames,
             float* out) {
  for (int i = 0; i < frames * kBlock; ++i) out[i] = 0.0f;
  for (int g = 0; g < groups; ++g, block += kGroupBytes, q += frames * kGroup, offsets += frames) {
    for (int part = 0; part < 8; ++part) {
      const uint8_t* weights = block + part * 32;
      const uint8_t* scales = block + kBlock * kGroup + part * 16;
      float* y = out + part * 8;
      int f = 0;
      for (; f + 2 <= frames; f += 2) {
        AddGroup<2>(weights, scales, q + f * kGroup, offsets + f, y + f * kBlock);
      }
      if (f < frames) AddGroup<1>(weights, scales, q + f * kGroup, offsets + f, y + f * kBlock);
    }
  }
}

#include "kernels/float.inc"

const Kernels kTable = Table("simd128");

}  // namespace

const Kernels* const kWasmKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kWasmKernels = nullptr;
}  // namespace ds
#endif
