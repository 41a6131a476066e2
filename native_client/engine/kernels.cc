#include "engine/kernels.h"

#include <cstdlib>

#include "engine/error.h"
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace ds {
namespace {

#if defined(__x86_64__)
// AVX-VNNI (the VEX form): CPUID leaf 7, subleaf 1, EAX bit 4. Not every compiler knows its name.
bool HasAvxVnni() {
  uint32_t eax = 7, ebx = 0, ecx = 0, edx = 0;
  __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
  if (eax < 1 || !__builtin_cpu_supports("avx2")) return false;
  eax = 7;
  ecx = 1;
  __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
  return (eax >> 4 & 1) != 0;
}
#endif

}  // namespace

std::vector<const Kernels*> AvailableKernels() {
  std::vector<const Kernels*> available = {kPlainKernels};
  auto add = [&](const Kernels* kernels, bool runs) {
    if (kernels != nullptr && runs) available.push_back(kernels);
  };
#if defined(__x86_64__)
  __builtin_cpu_init();
  add(kSseKernels, true);
  add(kAvx2Kernels, __builtin_cpu_supports("avx2"));
  add(kAvxVnniKernels, HasAvxVnni());
  add(kAvx512VnniKernels,
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vnni"));
#elif defined(__aarch64__)
  add(kNeonKernels, true);
#if defined(__linux__)
  add(kNeonDotKernels, (getauxval(AT_HWCAP) & (1UL << 20)) != 0);  // HWCAP_ASIMDDP
#endif
#endif
  return available;
}

const Kernels& ChooseKernels() {
  const std::vector<const Kernels*> available = AvailableKernels();
  const char* wanted = std::getenv("DEEPSPEECH_ISA");
  if (wanted == nullptr || *wanted == '\0') return *available.back();
  std::string names;
  for (const Kernels* kernels : available) {
    if (std::string(wanted) == kernels->name) return *kernels;
    names += std::string(names.empty() ? "" : ", ") + kernels->name;
  }
  throw Error(DS_ERR_FAIL_CREATE_MODEL, "DEEPSPEECH_ISA is '" + std::string(wanted) +
                                            "'; this processor has " + names);
}

}  // namespace ds
