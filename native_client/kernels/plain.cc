// Kernels in plain C++: the reference for all others, and the fallback on unknown processors.
#include "kernels/kernels.h"
#include "kernels/packing.h"

namespace ds {
namespace {

constexpr int kLanes = 4;

void DotInt8(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets, int frames,
             float* out) {
  for (int f = 0; f < frames; ++f) {
    for (int o = 0; o < kBlock; ++o) {
      float sum = 0.0f;
      for (int g = 0; g < groups; ++g) {
        const uint8_t* weights = block + g * kGroupBytes;
        const int row = g * frames + f;
        int32_t product = offsets[row];
        for (int i = 0; i < kGroup; ++i) {
          product += weights[i / 4 * kBlock * 4 + o * 4 + i % 4] * q[row * kGroup + i];
        }
        uint16_t half;
        __builtin_memcpy(&half, weights + kBlock * kGroup + o * 2, 2);
        const uint32_t bits = static_cast<uint32_t>(half) << 16;
        float scale;
        __builtin_memcpy(&scale, &bits, 4);
        sum = sum + static_cast<float>(product) * scale;
      }
      out[f * kBlock + o] = sum;
    }
  }
}

#include "kernels/float.inc"

const Kernels kTable = Table("plain");

}  // namespace

const Kernels* const kPlainKernels = &kTable;

}  // namespace ds
