// Times the network alone.
//
//   engine_bench MODEL [seconds=10] [batch=16] [threads=1] [streams=1] [runs=5] [fp32]
//
// Prints one JSON line: milliseconds to open, median seconds for the audio, RTF (also by processor
// time, which other programs disturb less), peak memory. Of several streams at once, each in its
// thread, seconds and RTF are those of all divided by their number.
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "model/open_model.h"

namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double ProcessorTime() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

double Argument(int argc, char** argv, const char* name, double otherwise) {
  const size_t size = std::strlen(name);
  for (int i = 2; i < argc; ++i) {
    if (std::strncmp(argv[i], name, size) == 0 && argv[i][size] == '=') {
      return std::atof(argv[i] + size + 1);
    }
  }
  return otherwise;
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: engine_bench MODEL [seconds=10] [batch=16] [threads=1] "
                 "[streams=1] [runs=5] [fp32]\n");
    return 2;
  }
  ds::EngineOptions options;
  options.threads = static_cast<int>(Argument(argc, argv, "threads", 1));
  for (int i = 2; i < argc; ++i) options.fp32 |= std::strcmp(argv[i], "fp32") == 0;
  const double seconds = Argument(argc, argv, "seconds", 10);
  const int batch = static_cast<int>(Argument(argc, argv, "batch", 16));
  const int streams = static_cast<int>(Argument(argc, argv, "streams", 1));
  const int runs = static_cast<int>(Argument(argc, argv, "runs", 5));

  const double before = Now();
  const ds::Engine engine(ds::OpenModel(argv[1]), options);
  const double open_ms = (Now() - before) * 1e3;

  const ds::Network& network = engine.network();
  const int n_input = network.features.n_input;
  const int frames = static_cast<int>(seconds * 1000 / network.features.win_step_ms);
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.0f, 2.0f);
  std::vector<float> rows((static_cast<size_t>(frames) + 2 * network.n_context) * n_input);
  for (float& x : rows) x = normal(random);
  const int step = network.bidirectional ? frames : batch;
  auto run_stream = [&] {
    ds::Workspace work;
    ds::LstmState state = engine.InitialState();
    std::vector<float> probs(static_cast<size_t>(step) * network.n_classes());
    for (int t = 0; t < frames; t += step) {
      engine.Run(rows.data() + static_cast<size_t>(t) * n_input, n_input,
                 std::min(step, frames - t), &state, &work, probs.data());
    }
  };
  std::vector<double> times, busy;
  for (int run = 0; run <= runs; ++run) {
    const double start = Now(), start_busy = ProcessorTime();
    std::vector<std::thread> others;
    for (int i = 1; i < streams; ++i) others.emplace_back(run_stream);
    run_stream();
    for (std::thread& other : others) other.join();
    if (run == 0) continue;  // warms up
    times.push_back((Now() - start) / streams);
    busy.push_back((ProcessorTime() - start_busy) / streams);
  }
  std::sort(times.begin(), times.end());
  std::sort(busy.begin(), busy.end());
  const double median = times[times.size() / 2];
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"isa\": \"%s\", \"threads\": %d, \"batch\": %d, \"fp32\": %s, \"audio_s\": %g, "
      "\"open_ms\": %.3f, \"seconds\": %.5f, \"min_s\": %.5f, \"rtf\": %.5f, "
      "\"cpu_rtf\": %.5f, \"peak_rss_mb\": %.1f}\n",
      engine.isa(), engine.threads(), batch, engine.fp32() ? "true" : "false", seconds, open_ms,
      median, times[0], median / seconds, busy[busy.size() / 2] / seconds,
      usage.ru_maxrss / 1024.0);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const ds::Error& e) {
    std::fprintf(stderr, "0x%04x %s\n", e.code(), e.what());
    return 1;
  }
}
