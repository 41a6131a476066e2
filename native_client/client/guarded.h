// The outermost call of a command: nothing that is thrown leaves it.
#ifndef DS_CLIENT_GUARDED_H_
#define DS_CLIENT_GUARDED_H_

#include <cstdio>
#include <exception>
#include <new>

namespace ds {

// Runs `work`, which returns an exit status and reports what goes wrong; what it could not report
// itself, as where memory is lacking even for the arguments, is a line without memory and status 1.
template <class Work>
int Guarded(const char* name, Work work) noexcept {
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
