// Kernels for AArch64 with the dot product instruction. Compiled with -march=armv8.2-a+dotprod.
#include "kernels/kernels.h"
#include "kernels/packing.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>

namespace ds {
namespace {

using Sums = int32x4_t;
inline Sums Start() { return vdupq_n_s32(0); }
inline Sums AddProducts(Sums sums, int8x16_t w, int8x16_t x) { return vdotq_s32(sums, w, x); }
inline int32x4_t Total(Sums sums) { return sums; }

#include "kernels/neon.inc"
// What stands above is what it needs.
#include "kernels/float.inc"

const Kernels kTable = Table("neon_dot");

}  // namespace

const Kernels* const kNeonDotKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kNeonDotKernels = nullptr;
}  // namespace ds
#endif
