// A few threads that work on one job together, step by step; in a child of a fork, new ones.
#ifndef DS_ENGINE_THREAD_TEAM_H_
#define DS_ENGINE_THREAD_TEAM_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
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

// The threads of a team beside the one that calls.
class Crew {
 public:
  using Call = void (*)(void* context, const TeamMember& member);

  explicit Crew(int count);  // the caller included; fewer where the system gives no more threads
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  int count() const { return static_cast<int>(workers_.size()) + 1; }
  // Runs call(context, member) on every thread and returns when all are done.
  void Run(Call call, void* context);

 private:
  void Loop(int index);
  void Dismiss();

  Barrier barrier_;
  bool stop_ = false;
  void* context_ = nullptr;
  Call call_ = nullptr;
  std::vector<std::thread> workers_;
};

class ThreadTeam {
 public:
  explicit ThreadTeam(int count);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  // At most so many work together.
  int count() const { return count_; }

  // Runs work(member) on every thread and returns when all are done; `work` must not throw. If the
  // team is busy with another caller's job, the caller does its job alone: same result.
  template <typename Work>
  void Run(Work&& work) {
    if (!Take()) {
      work(TeamMember{0, 1, nullptr});
      return;
    }
    crew_->Run(
        [](void* context, const TeamMember& member) {
          (*static_cast<std::remove_reference_t<Work>*>(context))(member);
        },
        &work);
    busy_.store(0, std::memory_order_release);
  }

 private:
  bool Take();

  std::unique_ptr<Crew> crew_;  // of process `generation_`
  uint32_t generation_;
  const int count_;
  // 0, or the process (ForkGeneration) that has a job for it: one of before the fork never ends it.
  std::atomic<uint32_t> busy_{0};
};

}  // namespace ds
#endif  // DS_ENGINE_THREAD_TEAM_H_
