// Forks while threads use a model in every way: each child goes on with it, and hears what its
// parent would.
//
//   fork_test MODEL SCORER FORKS < PCM
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "deepspeech.h"

namespace {

struct Job {
  ModelState* model;
  const char* scorer;
  std::vector<short> samples;
  std::string expected;  // with beam width 16 and nothing else
};

std::string Take(char* text) {
  const std::string copy = text == nullptr ? "(null)" : text;
  DS_FreeString(text);
  return copy;
}

std::string Whole(const Job& job) {
  return Take(DS_SpeechToText(job.model, job.samples.data(), job.samples.size()));
}

std::string InPieces(const Job& job) {
  StreamingState* stream = nullptr;
  if (DS_CreateStream(job.model, &stream) != DS_ERR_OK) return "no stream";
  const unsigned half = job.samples.size() / 2;
  DS_FeedAudioContent(stream, job.samples.data(), half);
  Take(DS_IntermediateDecodeFlushBuffers(stream));
  DS_FeedAudioContent(stream, job.samples.data() + half, job.samples.size() - half);
  return Take(DS_FinishStream(stream));
}

// What the threads of the parent do all the time.
void Use(const Job& job, int index, const std::atomic<bool>& stop) {
  const std::string word = std::string(3, static_cast<char>('a' + index));
  while (!stop) {
    switch (index % 3) {
      case 0:
        Whole(job);
        break;
      case 1:
        DS_AddHotWord(job.model, word.c_str(), 1.0f);
        DS_SetModelBeamWidth(job.model, 8);
        DS_EraseHotWord(job.model, word.c_str());
        InPieces(job);
        break;
      case 2:
        DS_EnableExternalScorer(job.model, job.scorer);
        DS_SetScorerAlphaBeta(job.model, 0.5f, 0.5f);
        DS_DisableExternalScorer(job.model);
        break;
    }
  }
}

// What a child does; 0 if all is well.
int Child(const Job& job, int depth) {
  alarm(120);  // a hang is a failure
  DS_ClearHotWords(job.model);
  DS_DisableExternalScorer(job.model);
  if (DS_SetModelBeamWidth(job.model, 16) != DS_ERR_OK) return 2;
  if (Whole(job) != job.expected || InPieces(job) != job.expected) return 3;
  std::string got[2];
  std::thread threads[2];
  for (int i = 0; i < 2; ++i) threads[i] = std::thread([&, i] { got[i] = Whole(job); });
  for (std::thread& thread : threads) thread.join();
  if (got[0] != job.expected || got[1] != job.expected) return 4;
  if (depth > 0) {
    const pid_t grandchild = fork();
    if (grandchild == 0) _exit(Child(job, depth - 1));
    int status = 0;
    if (waitpid(grandchild, &status, 0) != grandchild || status != 0) return 5;
  }
  if (DS_EnableExternalScorer(job.model, job.scorer) != DS_ERR_OK) return 6;
  if (Whole(job) == "(null)") return 7;
  DS_FreeModel(job.model);
  return 0;
}

// How many of the children failed.
int Forks(const Job& job, int count) {
  int failed = 0;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(Child(job, i % 8 == 0 ? 1 : 0));
    int status = 0;
    if (waitpid(child, &status, 0) == child && status == 0) continue;
    std::printf("fork %d: status 0x%x\n", i, status);
    ++failed;
  }
  return failed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  Job job{nullptr, argv[2], std::vector<short>(8000), ""};
  job.samples.resize(std::fread(job.samples.data(), 2, job.samples.size(), stdin));
  int failed = 0;
  for (const int threads : {1, 2, 3}) {
    ModelOptions options{};
    options.size = sizeof options;
    options.threads = threads;
    if (DS_CreateModelWithOptions(argv[1], &options, &job.model) != DS_ERR_OK) return 3;
    DS_SetModelBeamWidth(job.model, 16);
    ModelState* other = nullptr;
    if (DS_CreateModel(argv[1], &other) != DS_ERR_OK) return 3;
    DS_SetModelBeamWidth(other, 16);
    job.expected = Whole({other, job.scorer, job.samples, ""});
    DS_FreeModel(other);
    failed += Forks(job, 2);  // not used before
    Whole(job);
    failed += Forks(job, 2);  // used
    std::atomic<bool> stop{false};
    std::vector<std::thread> users;
    for (int i = 0; i < 6; ++i) users.emplace_back(Use, std::cref(job), i, std::cref(stop));
    failed += Forks(job, std::atoi(argv[3]));  // in use
    stop = true;
    for (std::thread& user : users) user.join();
    DS_FreeModel(job.model);
  }
  std::printf("%d of %d children failed\n", failed, 3 * (4 + std::atoi(argv[3])));
  return failed == 0 ? 0 : 1;
}
