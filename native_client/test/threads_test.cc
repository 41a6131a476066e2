// One model, many streams in many threads: each result equals the single-threaded one.
//
//   threads_test MODEL [rounds] < PCM
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "deepspeech.h"

namespace {

std::string Take(char* text) {
  const std::string copy = text == nullptr ? "(null)" : text;
  DS_FreeString(text);
  return copy;
}

// Each thread has its own part of the audio, so that results differ.
std::string Transcribe(ModelState* model, const std::vector<short>& samples, int part) {
  const size_t begin = samples.size() * (part % 4) / 8;
  const size_t size = samples.size() - begin;
  if (part % 3 == 0) {
    return Take(DS_SpeechToText(model, samples.data() + begin, static_cast<unsigned>(size)));
  }
  StreamingState* stream = nullptr;
  if (DS_CreateStream(model, &stream) != DS_ERR_OK) return "no stream";
  const size_t chunk = 320 + 641 * part;
  for (size_t at = 0; at < size; at += chunk) {
    const size_t n = size - at < chunk ? size - at : chunk;
    DS_FeedAudioContent(stream, samples.data() + begin + at, static_cast<unsigned>(n));
    if (part % 3 == 1) Take(DS_IntermediateDecode(stream));
  }
  return Take(DS_FinishStream(stream));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 2;
  std::vector<short> samples;
  short buffer[4096];
  size_t n;
  while ((n = std::fread(buffer, 2, 4096, stdin)) > 0) {
    samples.insert(samples.end(), buffer, buffer + n);
  }
  constexpr int kThreads = 6;
  int failures = 0;
  for (const int threads : {1, 2}) {
    ModelOptions options{};
    options.size = sizeof options;
    options.threads = threads;
    ModelState* model = nullptr;
    const int code = DS_CreateModelWithOptions(argv[1], &options, &model);
    if (code != DS_ERR_OK) {
      std::printf("0x%04x %s\n", code, DS_LastError());
      return 1;
    }
    std::vector<std::string> expected;
    for (int part = 0; part < kThreads; ++part) expected.push_back(Transcribe(model, samples, part));
    for (int round = 0; round < rounds; ++round) {
      std::vector<std::thread> workers;
      std::vector<std::string> got(kThreads);
      for (int part = 0; part < kThreads; ++part) {
        workers.emplace_back([&, part] { got[part] = Transcribe(model, samples, part); });
      }
      for (std::thread& worker : workers) worker.join();
      for (int part = 0; part < kThreads; ++part) {
        if (got[part] == expected[part]) continue;
        std::printf("thread %d: '%s', alone '%s'\n", part, got[part].c_str(),
                    expected[part].c_str());
        ++failures;
      }
    }
    DS_FreeModel(model);
  }
  return failures == 0 ? 0 : 1;
}
