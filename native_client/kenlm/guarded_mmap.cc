// KenLM's util/mmap.cc with as many zero bytes behind each mapped file as the file has; see
// guard.h.
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "base/fork.h"
#include "kenlm/guard.h"

namespace dskenlm {

thread_local Mapping last_mapping;

namespace {

ds::ForkMutex mutex;
std::map<void*, size_t>& Reserved() {  // bytes reserved for each mapped file
  static auto* reserved = new std::map<void*, size_t>();
  return *reserved;
}

void* Map(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  if (fd < 0 || (protection & PROT_WRITE) != 0) {
    return mmap(address, size, protection, flags, fd, offset);
  }
#if defined(__EMSCRIPTEN__)
  // Files are copied to where there is room. What lies behind one is memory of the module too, or
  // ends the call; nothing else can be reached.
  void* copy = mmap(address, size, protection, flags, fd, offset);
  if (copy != MAP_FAILED) last_mapping = {static_cast<const uint8_t*>(copy), size};
  return copy;
#endif
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t reserve = 2 * ((size + page - 1) / page * page) + page;
  void* base =
      mmap(nullptr, reserve, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return MAP_FAILED;
  if (mmap(base, size, protection, flags | MAP_FIXED, fd, offset) == MAP_FAILED) {
    munmap(base, reserve);
    return MAP_FAILED;
  }
  last_mapping = {static_cast<const uint8_t*>(base), size};
  const std::lock_guard<std::mutex> lock(mutex);
  Reserved()[base] = reserve;
  return base;
}

int Unmap(void* start, size_t size) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = Reserved().find(start);
    if (found != Reserved().end()) {
      size = found->second;
      Reserved().erase(found);
    }
  }
  return munmap(start, size);
}

}  // namespace
}  // namespace dskenlm

#define mmap(...) ::dskenlm::Map(__VA_ARGS__)
#define munmap(...) ::dskenlm::Unmap(__VA_ARGS__)
#include "util/mmap.cc"
