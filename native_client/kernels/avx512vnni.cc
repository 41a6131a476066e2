// Kernels for AVX-512 with VNNI (servers from 2019, Zen 4 from 2022 on).
#include "kernels/kernels.h"
#include "kernels/packing.h"

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#include <immintrin.h>

namespace ds {
namespace {

#include "kernels/avx512.inc"

constexpr auto DotInt8 = DotVnni;

#include "kernels/float.inc"

const Kernels kTable = Table("avx512vnni", DotInt4By<DotOneInt4>);

}  // namespace

const Kernels* const kAvx512VnniKernels = &kTable;

}  // namespace ds
#else
namespace ds {
const Kernels* const kAvx512VnniKernels = nullptr;
}  // namespace ds
#endif
