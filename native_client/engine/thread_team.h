// A few threads that work on one job together, step by step.
#ifndef DS_ENGINE_THREAD_TEAM_H_
#define DS_ENGINE_THREAD_TEAM_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace ds {

// Cores that this process may use.
int UsableCores();

// Threads wait until all have arrived: they spin for a few microseconds, then sleep.
class Barrier {
 public:
  explicit Barrier(int count) : count_(count) {}
  void Wait();
  // Counts in threads that will never arrive; call it before the last one waits.
  void Arrive(int count);

 private:
  const int count_;
  std::atomic<int> arrived_{0};
  std::atomic<uint32_t> generation_{0};
  std::atomic<int> sleepers_{0};
};

// What one thread of a team knows.
struct TeamMember {
  int index;  // 0 is the caller
  int count;
  Barrier* barrier;  // null if alone

  void Sync() const {
    if (barrier != nullptr) barrier->Wait();
  }
  // The part of 0..total - 1 that is this member's.
  int Begin(int total) const { return static_cast<int>(int64_t{total} * index / count); }
  int End(int total) const { return static_cast<int>(int64_t{total} * (index + 1) / count); }
};

class ThreadTeam {
 public:
  explicit ThreadTeam(int count);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int count() const { return static_cast<int>(workers_.size()) + 1; }

  // Runs work(member) on every thread and returns when all are done; `work` must not throw. If the
  // team is busy with another caller's job, the caller does its job alone: same result.
  template <typename Work>
  void Run(Work&& work) {
    if (workers_.empty() || !busy_.try_lock()) {
      work(TeamMember{0, 1, nullptr});
      return;
    }
    std::lock_guard<std::mutex> unlock(busy_, std::adopt_lock);
    context_ = &work;
    call_ = [](void* context, const TeamMember& member) {
      (*static_cast<std::remove_reference_t<Work>*>(context))(member);
    };
    barrier_.Wait();
    work(TeamMember{0, count(), &barrier_});
    barrier_.Wait();
  }

 private:
  void Loop(int index);
  void Dismiss();

  Barrier barrier_;
  std::mutex busy_;
  bool stop_ = false;
  void* context_ = nullptr;
  void (*call_)(void*, const TeamMember&) = nullptr;
  std::vector<std::thread> workers_;
};

}  // namespace ds
#endif  // DS_ENGINE_THREAD_TEAM_H_
