// One model, many streams in many threads: each result equals the single-threaded one. With a
// scorer also while another thread changes the model's settings.
//
//   threads_test MODEL [ROUNDS [SCORER]] < PCM
#include <algorithm>
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

void Check(int code) {
  if (code == DS_ERR_OK) return;
  std::printf("0x%04x %s\n", code, DS_LastError());
  std::exit(1);
}

// Every setting of a model, at one of two values.
void Change(ModelState* model, const char* scorer, bool odd) {
  Check(DS_SetModelBeamWidth(model, odd ? 16 : 8));
  Check(odd ? DS_EnableExternalScorer(model, scorer) : DS_DisableExternalScorer(model));
  if (odd) Check(DS_SetScorerAlphaBeta(model, 0.9f, 1.2f));
  Check(odd ? DS_AddHotWord(model, "the", 3.0f) : DS_ClearHotWords(model));
}

std::string FeedAndFinish(StreamingState* stream, const std::vector<short>& samples) {
  for (size_t at = 0; at < samples.size(); at += 1600) {
    const size_t count = std::min<size_t>(1600, samples.size() - at);
    DS_FeedAudioContent(stream, &samples[at], static_cast<unsigned>(count));
    Take(DS_IntermediateDecode(stream));
  }
  return Take(DS_FinishStream(stream));
}

// Streams keep the settings that they began with; counts those that do not.
int ChangeMeanwhile(const char* path, const char* scorer, const std::vector<short>& samples,
                    int rounds) {
  ModelState* model = nullptr;
  Check(DS_CreateModel(path, &model));
  const auto begin = [&] {
    StreamingState* stream = nullptr;
    Check(DS_CreateStream(model, &stream));
    return stream;
  };
  std::string expected[2];
  for (const bool odd : {true, false}) {
    Change(model, scorer, odd);
    expected[odd] = FeedAndFinish(begin(), samples);
  }
  int failures = expected[0] == expected[1];  // the settings are to be heard
  for (int round = 0; round < rounds; ++round) {
    constexpr int kStreams = 4;
    std::vector<std::thread> workers;
    std::vector<std::string> got(kStreams);
    std::atomic<int> running{kStreams};
    for (int i = 0; i < kStreams; ++i) {
      Change(model, scorer, i % 2 == 0);
      workers.emplace_back([&, i, stream = begin()] {
        got[i] = FeedAndFinish(stream, samples);
        DS_FreeMetadata(DS_SpeechToTextWithMetadata(model, samples.data(), 3200, 2));
        --running;
      });
    }
    for (bool odd = true; running > 0 || !odd; odd = !odd) Change(model, scorer, odd);
    for (std::thread& worker : workers) worker.join();
    for (int i = 0; i < kStreams; ++i) {
      if (got[i] == expected[i % 2 == 0]) continue;
      std::printf("stream %d: '%s', alone '%s'\n", i, got[i].c_str(), expected[i % 2 == 0].c_str());
      ++failures;
    }
  }
  DS_FreeModel(model);
  return failures;
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
    for (int part = 0; part < kThreads; ++part)
      expected.push_back(Transcribe(model, samples, part));
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
  if (argc > 3) failures += ChangeMeanwhile(argv[1], argv[3], samples, rounds);
  return failures == 0 ? 0 : 1;
}
