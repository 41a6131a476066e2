#include "base/fork.h"

#include <pthread.h>

#include <atomic>

namespace ds {
namespace {

// All need no code to be made: other files' mutexes may be made before.
std::atomic<uint32_t> generation{1};
std::mutex list_mutex;
ForkMutex* first = nullptr;  // of the list of all

void InChild() {
  ++generation;
  ForkMutex::UnlockAll();
}

[[maybe_unused]] const int registered =
    pthread_atfork(ForkMutex::LockAll, ForkMutex::UnlockAll, InChild);

}  // namespace

uint32_t ForkGeneration() noexcept { return generation.load(std::memory_order_relaxed); }

ForkMutex::ForkMutex() noexcept {
  const std::lock_guard<std::mutex> lock(list_mutex);
  after_ = first;
  if (after_ != nullptr) after_->before_ = this;
  first = this;
}

ForkMutex::~ForkMutex() {
  const std::lock_guard<std::mutex> lock(list_mutex);
  if (after_ != nullptr) after_->before_ = before_;
  (before_ != nullptr ? before_->after_ : first) = after_;
}

void ForkMutex::LockAll() noexcept {
  list_mutex.lock();
  for (ForkMutex* mutex = first; mutex != nullptr; mutex = mutex->after_) mutex->lock();
}

void ForkMutex::UnlockAll() noexcept {
  for (ForkMutex* mutex = first; mutex != nullptr; mutex = mutex->after_) mutex->unlock();
  list_mutex.unlock();
}

}  // namespace ds
