// Decides who computes when more streams are ready than there are cores.
#ifndef DS_ENGINE_TURNS_H_
#define DS_ENGINE_TURNS_H_

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/fork.h"

namespace ds {

// Lets as many threads compute at a time as there are places. Work that each must
// do alone comes first; meanwhile jobs gather that are cheaper done together. The thread that gets
// a place for its job does up to kMost of the waiting ones.
template <typename Job>
class Turns {
 public:
  static constexpr int kMost = 8;

  explicit Turns(int places) : all_(places), places_(places) {}
  ~Turns() {
    // A condition that somebody waited for at a fork waits for them in its turn.
    if (generation_ != ForkGeneration()) changed_.release();
  }
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // Waits for a place and calls work(), which must not throw.
  template <typename Work>
  void Alone(Work work) {
    std::unique_lock<std::mutex> lock(mutex_);
    Renew();
    ++alone_;
    changed_->wait(lock, [&] { return places_ > 0; });
    --alone_;
    --places_;
    lock.unlock();
    work();
    lock.lock();
    Leave();
  }

  // Returns when `job` is done: by run(jobs, count) in this thread or in another one. `run` must
  // not throw.
  template <typename Run>
  void Together(Job* job, Run run) {
    Entry own{job};
    std::unique_lock<std::mutex> lock(mutex_);
    Renew();
    waiting_.push_back(&own);
    changed_->wait(lock, [&] { return own.done || (places_ > 0 && alone_ == 0 && !own.taken); });
    if (own.done) return;
    --places_;
    std::iter_swap(waiting_.begin(), std::find(waiting_.begin(), waiting_.end(), &own));
    const int count = std::min(kMost, static_cast<int>(waiting_.size()));
    Entry* entries[kMost];
    Job* jobs[kMost];
    for (int i = 0; i < count; ++i) {
      entries[i] = waiting_[i];
      entries[i]->taken = true;
      jobs[i] = entries[i]->job;
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    lock.unlock();
    run(jobs, count);
    lock.lock();
    for (int i = 0; i < count; ++i) entries[i]->done = true;
    Leave();
  }

 private:
  struct Entry {
    Job* job;
    bool taken = false, done = false;
  };

  // In a child of a fork: those who had a place or waited for one are not here.
  void Renew() {
    if (generation_ == ForkGeneration()) return;
    auto changed = std::make_unique<std::condition_variable>();
    changed_.release();
    changed_ = std::move(changed);
    generation_ = ForkGeneration();
    places_ = all_;
    alone_ = 0;
    waiting_.clear();
  }

  void Leave() {
    ++places_;
    changed_->notify_all();
  }

  const int all_;
  ForkMutex mutex_;  // of all that follows
  uint32_t generation_ = ForkGeneration();
  std::unique_ptr<std::condition_variable> changed_ = std::make_unique<std::condition_variable>();
  int places_;
  int alone_ = 0;                // threads that wait for a place to work alone
  std::vector<Entry*> waiting_;  // jobs to be done together
};

}  // namespace ds
#endif  // DS_ENGINE_TURNS_H_
