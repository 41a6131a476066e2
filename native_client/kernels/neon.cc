// Kernels for any AArch64 processor (NEON of ARMv8.0).
#include "kernels/kernels.h"
#include "kernels/packing.h"

#if defined(__aarch64__)
#include <arm_neon.h>

namespace ds {
namespace {

struct Sums {  // of outputs 0, 1 and 2, 3; two neighbouring lanes each
  int32x4_t low, high;
};
inline Sums Start() { return {vdupq_n_s32(0), vdupq_n_s32(0)}; }
inline Sums AddProducts(Sums sums, int8x16_t w, int8x16_t x) {
  sums.low = vpadalq_s16(sums.low, vmull_s8(vget_low_s8(w), vget_low_s8(x)));
  sums.high = vpadalq_s16(sums.high, vmull_high_s8(w, x));
  return sums;
}
inline int32x4_t Total(Sums sums) { return vpaddq_s32(sums.low, sums.high); }

#include "kernels/neon.inc"
// What stands above is what it needs.
#include "kernels/float.inc"

const Kernels kTable = Table("neon");

}  // namespace

const Kernels* const kNeonKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kNeonKernels = nullptr;
}  // namespace ds
#endif
