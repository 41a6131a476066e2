#include "base/interrupt.h"

#include <chrono>

#include "base/error.h"

namespace ds {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPause(50);

struct Interrupt {
  int (*stop)(void*) = nullptr;
  void* user = nullptr;
  Clock::time_point next;
};
thread_local Interrupt interrupt;

}  // namespace

void SetInterrupt(int (*stop)(void* user), void* user) noexcept {
  interrupt = {stop, user, Clock::now() + kPause};
}

void CheckInterrupt() {
  if (interrupt.stop == nullptr || Clock::now() < interrupt.next) return;
  const bool stop = interrupt.stop(interrupt.user) != 0;
  interrupt.next = Clock::now() + kPause;
  if (stop) throw Error("interrupted: the caller wanted no result any more");
}

}  // namespace ds
