// What a process must know after fork(): its other threads are gone, and with them what they did.
#ifndef DS_BASE_FORK_H_
#define DS_BASE_FORK_H_

#include <cstdint>
#include <mutex>

namespace ds {

// Never 0, and one more in each child of a fork: who sees it change knows that no other thread of
// before is left.
uint32_t ForkGeneration() noexcept;

// A mutex for short work. A fork waits until nobody holds one: a child finds it free, and what it
// guards whole. Do not fork, and do not make or free one, while holding one.
class ForkMutex : public std::mutex {
 public:
  ForkMutex() noexcept;
  ~ForkMutex();
  ForkMutex(const ForkMutex&) = delete;
  ForkMutex& operator=(const ForkMutex&) = delete;

  // All of them, as fork() asks for it.
  static void LockAll() noexcept;
  static void UnlockAll() noexcept;

 private:
  ForkMutex *before_ = nullptr, *after_ = nullptr;
};

}  // namespace ds
#endif  // DS_BASE_FORK_H_
