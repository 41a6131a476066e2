// Streams whose steps are done together get the bits that each gets alone.
//
//   streams_test MODEL.pb
//   streams_test MODEL.pbmm packed   without fp32
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "model/open_model.h"

namespace {

constexpr int kStreams = 11;  // more than are ever done together

// Jobs that find the only place taken are done together, each once.
bool JobsGather() {
  for (int trial = 0; trial < 100; ++trial) {
    ds::Turns<std::atomic<int>> turns(1);
    std::atomic<int> done[3] = {}, come{0}, most{0};
    std::vector<std::thread> threads;
    turns.Alone([&] {
      for (std::atomic<int>& job : done) {
        threads.emplace_back([&] {
          ++come;
          turns.Together(&job, [&](std::atomic<int>** jobs, int count) {
            for (int i = 0; i < count; ++i) ++*jobs[i];
            most = std::max(most.load(), count);
          });
        });
      }
      while (come < 3) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    });
    for (std::thread& thread : threads) thread.join();
    for (const std::atomic<int>& job : done) {
      if (job != 1) return false;
    }
    if (most > 1) return true;
  }
  return false;
}

// What stream `index` gets; each has its own length, batches and input.
std::vector<float> Run(const ds::Engine& engine, int index) {
  const ds::Network& network = engine.network();
  const int n_input = network.features.n_input, frames = 60 + 7 * index, batch = 5 + index % 4;
  std::mt19937 random(index);
  std::normal_distribution<float> normal(0.0f, 2.0f);
  std::vector<float> rows((static_cast<size_t>(frames) + 2 * network.n_context) * n_input);
  for (float& x : rows) x = normal(random);
  std::vector<float> probs(static_cast<size_t>(frames) * network.n_classes());
  ds::Workspace work;
  ds::LstmState state = engine.InitialState();
  for (int t = 0; t < frames; t += batch) {
    engine.Run(rows.data() + static_cast<size_t>(t) * n_input, n_input, std::min(batch, frames - t),
               &state, &work, probs.data() + static_cast<size_t>(t) * network.n_classes());
  }
  return probs;
}

bool StreamsAgree(const char* path, const ds::EngineOptions& options) {
  const ds::Engine engine(ds::OpenModel(path), options);
  std::vector<std::vector<float>> expected, got(kStreams);
  for (int i = 0; i < kStreams; ++i) expected.push_back(Run(engine, i));
  for (int round = 0; round < 5; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kStreams; ++i) {
      threads.emplace_back([&, i] { got[i] = Run(engine, i); });
    }
    for (std::thread& thread : threads) thread.join();
    for (int i = 0; i < kStreams; ++i) {
      if (std::memcmp(got[i].data(), expected[i].data(), got[i].size() * sizeof(float)) != 0) {
        std::printf("FAILED: stream %d, round %d\n", i, round);
        return false;
      }
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  bool ok = JobsGather();
  if (!ok) std::printf("FAILED: jobs did not gather, or were not done once\n");
  try {
    for (const int threads : {1, 2}) {
      for (const bool fp32 : {false, true}) {
        if (fp32 && argc > 2) continue;
        ds::EngineOptions options;
        options.fp32 = fp32;
        options.threads = threads;
        options.places = 1;
        ok = StreamsAgree(argv[1], options) && ok;
      }
    }
  } catch (const ds::Error& e) {
    std::printf("0x%04x %s\n", e.code(), e.what());
    return 1;
  }
  return ok ? 0 : 1;
}
