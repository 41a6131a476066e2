// Kernels for AVX2. Compiled with -mavx2; run only where the processor has it.
#include "kernels/kernels.h"
#include "kernels/packing.h"

#if defined(__AVX2__)
#include <immintrin.h>

namespace ds {
namespace {

// Caches are small where this runs (Zen 1 to 3, Intel's client processors to 2020), and the weights
// of the recurrence are to stay in them.
constexpr bool kPassBy = true;

// Weights are signed. maddubs cannot saturate: |x| <= 127 and |w| <= 127.
constexpr bool kReady = false;
inline __m256i Weights(const uint8_t* p) {
  return _mm256_xor_si256(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)),
                          _mm256_set1_epi8(-128));
}
inline __m256i Sum(int32_t) { return _mm256_setzero_si256(); }

inline __m256i AddPairs(__m256i sum, __m256i pairs) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

struct Signed {
  __m256i x, magnitude;
  explicit Signed(int32_t four) : x(_mm256_set1_epi32(four)), magnitude(_mm256_abs_epi8(x)) {}
  __m256i AddTo(__m256i sum, __m256i w) const {
    return AddPairs(sum, _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(w, x)));
  }
};

// What comes out of a clipped layer.
struct NotNegative {
  __m256i x;
  explicit NotNegative(int32_t four) : x(_mm256_set1_epi32(four)) {}
  __m256i AddTo(__m256i sum, __m256i w) const { return AddPairs(sum, _mm256_maddubs_epi16(x, w)); }
};

#include "kernels/avx.inc"
#include "kernels/float.inc"

const Kernels kTable = Table("avx2", DotInt4By<DotOneInt4>);

}  // namespace

const Kernels* const kAvx2Kernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kAvx2Kernels = nullptr;
}  // namespace ds
#endif
