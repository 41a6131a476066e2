// What the processor can run. We ask the processor itself: __builtin_cpu_supports and target_clones
// ask the compiler's run-time library, and the one that Zig links reports nothing at all.
#ifndef DS_BASE_PROCESSOR_H_
#define DS_BASE_PROCESSOR_H_

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace ds {

struct Processor {
  bool avx2 = false;
  bool avx_vnni = false;     // the VEX form
  bool avx512_vnni = false;  // with F, BW, DQ and VL
  bool amx_int8 = false;     // Linux must grant it too
  bool neon_dot = false;

#if defined(__x86_64__)
  Processor() {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c >> 27 & 1) == 0) return;  // OSXSAVE
    // Which registers the system keeps: XMM and YMM are bits 1 and 2, those of AVX-512 5 to 7.
    unsigned kept, high;
    __asm__("xgetbv" : "=a"(kept), "=d"(high) : "c"(0));
    if ((kept & 0x06) != 0x06 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    avx2 = (b >> 5 & 1) != 0;
    constexpr unsigned kFoundation = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // F, DQ, BW, VL
    avx512_vnni = (kept & 0xe0) == 0xe0 && (b & kFoundation) == kFoundation && (c >> 11 & 1) != 0;
    amx_int8 = (kept >> 17 & 3) == 3 && (d >> 24 & 3) == 3;  // tiles and their int8 products
    avx_vnni = avx2 && a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1) != 0;
  }
#elif defined(__aarch64__) && defined(__linux__)
  Processor() : neon_dot((getauxval(AT_HWCAP) >> 20 & 1) != 0) {}  // HWCAP_ASIMDDP
#endif
};

}  // namespace ds
#endif  // DS_BASE_PROCESSOR_H_
