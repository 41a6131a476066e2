#include "engine/thread_team.h"

#include <algorithm>
#include <exception>

#if defined(__linux__)
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace ds {
namespace {

constexpr int kSpins = 200;  // about 5 microseconds

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#if defined(__linux__)
static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "a futex is 32 bits");

void SleepWhile(std::atomic<uint32_t>* word, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(word), FUTEX_WAIT_PRIVATE, value, nullptr, nullptr,
          0);
}
void WakeAll(std::atomic<uint32_t>* word) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(word), FUTEX_WAKE_PRIVATE, 0x7fffffff, nullptr,
          nullptr, 0);
}
#else
void SleepWhile(std::atomic<uint32_t>*, uint32_t) { std::this_thread::yield(); }
void WakeAll(std::atomic<uint32_t>*) {}
#endif

}  // namespace

int UsableCores() {
#if defined(__linux__)
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return CPU_COUNT(&cores);
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void Barrier::Arrive(int count) { arrived_.fetch_add(count, std::memory_order_acq_rel); }

void Barrier::Wait() {
  const uint32_t generation = generation_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == count_) {
    arrived_.store(0, std::memory_order_relaxed);
    generation_.store(generation + 1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) WakeAll(&generation_);
    return;
  }
  for (int i = 0; i < kSpins; ++i) {
    if (generation_.load(std::memory_order_acquire) != generation) return;
    Pause();
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  while (generation_.load(std::memory_order_seq_cst) == generation) {
    SleepWhile(&generation_, generation);
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

ThreadTeam::ThreadTeam(int count) : barrier_(count) {
  workers_.reserve(count - 1);
  try {
    for (int i = 1; i < count; ++i) workers_.emplace_back(&ThreadTeam::Loop, this, i);
  } catch (const std::exception&) {  // the system gives no more threads: the caller works alone
    barrier_.Arrive(count - 1 - static_cast<int>(workers_.size()));
    Dismiss();
  }
}

ThreadTeam::~ThreadTeam() {
  if (!workers_.empty()) Dismiss();
}

void ThreadTeam::Dismiss() {
  stop_ = true;
  barrier_.Wait();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void ThreadTeam::Loop(int index) {
  for (;;) {
    barrier_.Wait();
    if (stop_) return;
    call_(context_, TeamMember{index, count(), &barrier_});
    barrier_.Wait();
  }
}

}  // namespace ds
