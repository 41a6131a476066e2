// Kernels for AVX-VNNI (client processors from 2021 on). Compiled with -mavx2 -mavxvnni.
#include "kernels/kernels.h"
#include "kernels/packing.h"

#if defined(__AVXVNNI__)
#include <immintrin.h>

namespace ds {
namespace {

// Intel's caches that are not inclusive would lose such weights.
constexpr bool kPassBy = false;

// Weights are as they are packed, + 128, which the offsets undo.
constexpr bool kReady = true;
inline __m256i Weights(const uint8_t* p) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
}
inline __m256i Sum(int32_t offset) { return _mm256_set1_epi32(offset); }

struct Signed {
  __m256i x;
  explicit Signed(int32_t four) : x(_mm256_set1_epi32(four)) {}
  __m256i AddTo(__m256i sum, __m256i w) const { return _mm256_dpbusd_avx_epi32(sum, w, x); }
};
using NotNegative = Signed;

#include "kernels/avx.inc"
#include "kernels/float.inc"

const Kernels kTable = Table("avxvnni", DotInt4By<DotOneInt4>);

}  // namespace

const Kernels* const kAvxVnniKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kAvxVnniKernels = nullptr;
}  // namespace ds
#endif
