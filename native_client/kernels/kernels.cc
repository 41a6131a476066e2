#include "kernels/kernels.h"

#include <cstdlib>

#include "base/error.h"
#include "base/processor.h"
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ds {
namespace {

// A process must ask for the tile registers of AMX. The system refuses where a thread's alternate
// signal stack is too small to save them.
[[maybe_unused]] bool MayUseTiles() {
#if defined(__x86_64__) && defined(__linux__)
  constexpr int kAskForState = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM
  return syscall(SYS_arch_prctl, kAskForState, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace

std::vector<const Kernels*> AvailableKernels() {
  std::vector<const Kernels*> available = {kPlainKernels};
  auto add = [&](const Kernels* kernels, bool runs) {
    if (kernels != nullptr && runs) available.push_back(kernels);
  };
  [[maybe_unused]] const Processor processor;
#if defined(__x86_64__)
  add(kSseKernels, true);
  add(kAvx2Kernels, processor.avx2);
  add(kAvxVnniKernels, processor.avx_vnni);
  add(kAvx512VnniKernels, processor.avx512_vnni);
  add(kAmxKernels, processor.avx512_vnni && processor.amx_int8 && MayUseTiles());
#elif defined(__aarch64__)
  add(kNeonKernels, true);
  add(kNeonDotKernels, processor.neon_dot);
#elif defined(__wasm__)
  add(kWasmKernels, true);  // not in the plain module
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
  throw Error(DS_ERR_FAIL_CREATE_MODEL,
              "DEEPSPEECH_ISA is '" + std::string(wanted) + "'; this processor supports " + names);
}

}  // namespace ds
