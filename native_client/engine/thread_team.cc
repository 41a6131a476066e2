#include "engine/thread_team.h"

#include <algorithm>
#include <exception>
#include <utility>

#if defined(__linux__)
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "base/fork.h"

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

Crew::Crew(int count) : barrier_(count) {
  workers_.reserve(count - 1);
  try {
    for (int i = 1; i < count; ++i) workers_.emplace_back(&Crew::Loop, this, i);
  } catch (const std::exception&) {  // the system gives no more threads: the caller works alone
    barrier_.Arrive(count - 1 - static_cast<int>(workers_.size()));
    Dismiss();
  }
}

Crew::~Crew() {
  if (!workers_.empty()) Dismiss();
}

void Crew::Dismiss() {
  stop_ = true;
  barrier_.Wait();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void Crew::Run(Call call, void* context) {
  if (workers_.empty()) return call(context, TeamMember{0, 1, nullptr});
  call_ = call;
  context_ = context;
  barrier_.Wait();
  call(context, TeamMember{0, count(), &barrier_});
  barrier_.Wait();
}

void Crew::Loop(int index) {
  for (;;) {
    barrier_.Wait();
    if (stop_) return;
    call_(context_, TeamMember{index, count(), &barrier_});
    barrier_.Wait();
  }
}

ThreadTeam::ThreadTeam(int count)
    : crew_(std::make_unique<Crew>(count)), generation_(ForkGeneration()), count_(crew_->count()) {}

ThreadTeam::~ThreadTeam() {
  if (generation_ != ForkGeneration()) crew_.release();  // nobody is left to be dismissed
}

// Takes the team for a job, unless it has one.
bool ThreadTeam::Take() {
  const uint32_t now = ForkGeneration();
  uint32_t holder = busy_.load(std::memory_order_relaxed);
  if (count_ == 1 || holder == now ||
      !busy_.compare_exchange_strong(holder, now, std::memory_order_acquire)) {
    return false;
  }
  if (generation_ == now) return true;
  try {
    auto crew = std::make_unique<Crew>(count_);
    crew_.release();  // the parent's: its threads are not here, to be joined or detached
    crew_ = std::move(crew);
    generation_ = now;
    return true;
  } catch (const std::exception&) {  // no memory for it now
    busy_.store(0, std::memory_order_release);
    return false;
  }
}

}  // namespace ds
