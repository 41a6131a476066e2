// The outermost call of a command: nothing that is thrown leaves it.
#ifndef DS_CLIENT_GUARDED_H_
#define DS_CLIENT_GUARDED_H_

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

namespace ds {

// Whether there is any memory to work with. Without, the C++ library has not got what it keeps for
// exceptions (73 KB, before main), and the first that is thrown would end the program.
inline bool AnyMemory() {
  void* const volatile some = std::malloc(1 << 17);  // else a compiler may leave it out
  std::free(some);
  return some != nullptr;
}

// Runs `work`, which returns an exit status and reports what goes wrong; what it could not report
// itself, as where memory is lacking even for the arguments, is a line without memory and status 1.
template <class Work>
int Guarded(const char* name, Work work) noexcept {
  if (!AnyMemory()) {
    std::fprintf(stderr, "%s: not enough memory\n", name);
    return 1;
  }
  try {
    return work();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: not enough memory\n", name);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", name, e.what());
  }
  return 1;
}

}  // namespace ds
#endif  // DS_CLIENT_GUARDED_H_
