// Lets the n-th allocation of a call fail, for every n, and then all from the n-th on: each gives a
// code or the result, never a crash or a leak.
//
//   alloc_test MODEL SCORER MOST < PCM     prints a line for each call: its name, its allocations,
//                                          cases, refused, leaks
//
// Of a call with more than MOST allocations, MOST are tried.
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "deepspeech.h"

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* pointer);
}

namespace {

// What malloc and its like do now. One thread only allocates while it is watched.
bool watched = false, from_then_on = false;
long calls = 0, failing = 0;
constexpr size_t kSlots = size_t{1} << 18;
void* made[kSlots];  // while watched, and not freed: open addressing
const char* job_name = "";

constexpr char kGrammar[] =
    "#JSGF V1.0; grammar g; public <g> = (go {do=1} | come [unk] {rest}) <en.digit> {n};";

size_t SlotOf(const void* pointer) {
  return (reinterpret_cast<uintptr_t>(pointer) >> 4) * 0x9E3779B97F4A7C15u >> 46;
}
void Note(void* pointer) {
  size_t slot = SlotOf(pointer);
  while (made[slot] != nullptr && made[slot] != reinterpret_cast<void*>(1)) {
    slot = (slot + 1) % kSlots;
  }
  made[slot] = pointer;
}
void Strike(void* pointer) {
  for (size_t slot = SlotOf(pointer); made[slot] != nullptr; slot = (slot + 1) % kSlots) {
    if (made[slot] == pointer) {
      made[slot] = reinterpret_cast<void*>(1);
      return;
    }
  }
}
long Left() {
  const auto lives = [](const void* p) { return reinterpret_cast<uintptr_t>(p) > 1; };
  return std::count_if(made, made + kSlots, lives);
}

bool Fails() {
  if (!watched) return false;
  ++calls;
  return from_then_on ? calls >= failing : calls == failing;
}
void* Given(void* pointer) {
  if (watched && pointer != nullptr) Note(pointer);
  return pointer;
}
void* Failed() {
  errno = ENOMEM;
  return nullptr;
}

void Crashed(int number) {
  char line[200];
  const int size = std::snprintf(line, sizeof line, "signal %d: %s, allocation %ld%s\n", number,
                                 job_name, failing, from_then_on ? " and all that follow" : "");
  if (write(2, line, size) < 0) _exit(4);
  _exit(3);
}

}  // namespace

#pragma GCC visibility push(default)  // the libraries are to find them
extern "C" {
void* malloc(size_t size) { return Fails() ? Failed() : Given(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) {
  return Fails() ? Failed() : Given(__libc_calloc(count, size));
}
void* realloc(void* old, size_t size) {
  if (Fails()) return Failed();
  if (old != nullptr) Strike(old);
  return Given(__libc_realloc(old, size));
}
void* memalign(size_t alignment, size_t size) {
  return Fails() ? Failed() : Given(__libc_memalign(alignment, size));
}
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** pointer, size_t alignment, size_t size) {
  *pointer = memalign(alignment, size);
  return *pointer == nullptr ? ENOMEM : 0;
}
void free(void* pointer) {
  if (pointer != nullptr) Strike(pointer);
  __libc_free(pointer);
}
}
#pragma GCC visibility pop

namespace {

struct Call {
  const char* name;
  std::function<void()> before;  // with memory
  std::function<bool()> call;    // without; true if it gave what it should
  std::function<void()> after;   // with memory again: frees what there is
};

// Returns whether the call did what it should; `n` 0: nothing fails.
bool Try(const Call& job, long n, bool and_all_that_follow) {
  job.before();
  calls = 0;
  failing = n;
  from_then_on = and_all_that_follow;
  watched = true;
  const bool good = job.call();
  watched = false;
  job.after();
  return good;
}

int Check(const Call& job, long most) {
  job_name = job.name;
  for (int i = 0; i < 2; ++i) {  // what is made once, is made now
    if (!Try(job, 0, false)) {
      std::printf("%s does not work: %s\n", job.name, DS_LastError());
      return 1;
    }
  }
  const long total = calls;
  std::memset(made, 0, sizeof made);
  long cases = 0, refused = 0, leaks = 0, wrong = 0;
  const long step = std::max(1L, total / most);
  for (const bool all : {false, true}) {
    for (long n = 1; n <= total; n += n < most / 2 ? 1 : step) {
      ++cases;
      refused += !Try(job, n, all);
      const long left = Left();
      if (left > 0) {
        std::printf("leak: %s, allocation %ld%s: %ld\n", job.name, n, all ? " and on" : "", left);
      }
      leaks += left > 0;
      std::memset(made, 0, sizeof made);
      if (!Try(job, 0, false)) ++wrong;
      std::memset(made, 0, sizeof made);
    }
  }
  std::printf("%s: %ld allocations, %ld cases, %ld refused, %ld leaks, %ld broken for good\n",
              job.name, total, cases, refused, leaks, wrong);
  return leaks > 0 || wrong > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  for (const int number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE}) signal(number, Crashed);
  const char* const path = argv[1];
  const char* const scorer = argv[2];
  const long most = std::atol(argv[3]);
  std::vector<short> samples(16000);
  samples.resize(std::fread(samples.data(), 2, samples.size(), stdin));
  const unsigned count = samples.size();
  std::string bytes;
  if (std::FILE* file = std::fopen(scorer, "rb")) {
    char block[65536];
    while (const size_t got = std::fread(block, 1, sizeof block, file)) bytes.append(block, got);
    std::fclose(file);
  }

  ModelState *model = nullptr, *other = nullptr;
  StreamingState* stream = nullptr;
  char* text = nullptr;
  Metadata* metadata = nullptr;
  float* windows = nullptr;
  unsigned steps = 0, width = 0;
  AlignStream* aligning = nullptr;
  Segmenter* segmenter = nullptr;
  const SpeechSegment* segments = nullptr;
  const HeardKeyword* heard = nullptr;
  unsigned found = 0;
  Alignment* alignment = nullptr;
  if (DS_CreateModel(path, &model) != DS_ERR_OK) return 4;
  DS_SetModelBeamWidth(model, 16);
  DS_EnableExternalScorer(model, std::string(8000, 'x').c_str());  // room for every message

  const auto nothing = [] {};
  const auto with_scorer = [&] {
    DS_EnableExternalScorer(model, scorer);
    DS_AddHotWord(model, "go on", 2.0f);
  };
  const auto without = [&] {
    DS_DisableExternalScorer(model);
    DS_ClearHotWords(model);
  };
  const auto begin = [&] { DS_CreateStream(model, &stream); };
  const auto fed = [&] {
    begin();
    DS_FeedAudioContent(stream, samples.data(), count);
  };
  const auto drop = [&] {
    DS_FreeString(text);
    DS_FreeMetadata(metadata);
    DS_FreeFeatures(windows);
    DS_FreeStream(stream);
    DS_FreeModel(other);
    DS_FreeAlignStream(aligning);
    DS_FreeAlignment(alignment);
    DS_FreeSegmenter(segmenter);
    aligning = nullptr, alignment = nullptr, segmenter = nullptr;
    text = nullptr, metadata = nullptr, windows = nullptr, stream = nullptr, other = nullptr;
  };
  const auto feed = [&] {
    DS_FeedAudioContent(stream, samples.data(), count);
    return *DS_LastError() == '\0';
  };
  // What is left of a stream that ran out of memory can be asked, and ended.
  const auto ask = [&] {
    DS_FreeString(DS_IntermediateDecodeFlushBuffers(stream));
    DS_FeedAudioContent(stream, samples.data(), count);
    text = DS_FinishStream(stream);
    stream = nullptr;
    drop();
  };
  const auto ended = [&](bool good) {
    stream = nullptr;
    return good;
  };
  const std::vector<Call> plain = {
      {"create", nothing, [&] { return DS_CreateModel(path, &other) == DS_ERR_OK; }, drop},
      {"create in fp32", nothing,
       [&] {
         ModelOptions options{};
         options.size = sizeof options;
         options.fp32 = std::strstr(path, ".pbmm") == nullptr;
         return DS_CreateModelWithOptions(path, &options, &other) == DS_ERR_OK;
       },
       drop},
      {"scorer", nothing, [&] { return DS_EnableExternalScorer(model, scorer) == DS_ERR_OK; },
       [&] { DS_DisableExternalScorer(model); }},
      {"scorer in memory", nothing,
       [&] {
         return DS_EnableExternalScorerFromBuffer(model, bytes.data(), bytes.size()) == DS_ERR_OK;
       },
       [&] { DS_DisableExternalScorer(model); }},
      {"weights", with_scorer,
       [&] { return DS_SetScorerAlphaBeta(model, 1.0f, 1.0f) == DS_ERR_OK; }, without},
      {"hot word", with_scorer, [&] { return DS_AddHotWord(model, "come", 1.0f) == DS_ERR_OK; },
       without},
      {"grammar", nothing, [&] { return DS_EnableGrammar(model, kGrammar) == DS_ERR_OK; },
       [&] { DS_DisableGrammar(model); }},
      {"grammar of a stream", begin,
       [&] { return DS_EnableStreamGrammar(stream, "[\"go on\", \"[unk]\"]") == DS_ERR_OK; }, drop},
      {"keywords", begin,
       [&] { return DS_EnableKeywords(stream, "go on #0.1\nstop @halt\n") == DS_ERR_OK; }, drop},
      {"hear keywords",
       [&] {
         begin();
         DS_EnableKeywords(stream, "a #0.001\nb #0.001\nc #0.001\n");
       },
       [&] { return feed() && DS_EndKeywords(stream, &heard, &found) == DS_ERR_OK; }, drop},
      {"with a grammar", [&] { DS_EnableGrammar(model, kGrammar); },
       [&] {
         metadata = DS_SpeechToTextWithMetadata(model, samples.data(), count, 2);
         return metadata != nullptr;
       },
       [&] {
         drop();
         DS_DisableGrammar(model);
       }},
      {"features", nothing,
       [&] {
         return DS_ComputeFeatures(model, samples.data(), count, &windows, &steps, &width) ==
                DS_ERR_OK;
       },
       drop},
      {"infer", [&] { DS_ComputeFeatures(model, samples.data(), count, &windows, &steps, &width); },
       [&] { return DS_InferFeatures(model, windows, steps, width, &text) == DS_ERR_OK; }, drop},
      {"emissions", nothing,
       [&] {
         metadata = DS_SpeechToTextWithEmissions(model, samples.data(), count, 1);
         return metadata != nullptr && metadata->emissions != nullptr;
       },
       drop},
      {"feed to be aligned", [&] { DS_CreateAlignStream(model, "go on", &aligning); },
       [&] { return DS_FeedAlignStream(aligning, samples.data(), count) == DS_ERR_OK; }, drop},
      {"align", nothing,
       [&] {
         return DS_AlignText(model, samples.data(), count, "Go on\nand on.", &alignment) ==
                DS_ERR_OK;
       },
       drop},
      {"make a segmenter", nothing,
       [&] { return DS_CreateSegmenter(16000, nullptr, &segmenter) == DS_ERR_OK; }, drop},
      {"feed a segmenter", [&] { DS_CreateSegmenter(16000, nullptr, &segmenter); },
       [&] {
         return DS_FeedSegmenter(segmenter, samples.data(), count, &segments, &found) ==
                    DS_ERR_OK &&
                DS_FinishSegmenter(segmenter, &segments, &found) == DS_ERR_OK;
       },
       drop},
  };
  const std::vector<Call> streams = {
      {"stream", nothing, [&] { return DS_CreateStream(model, &stream) == DS_ERR_OK; }, drop},
      {"feed", begin, feed, drop},
      {"feed and go on", begin, feed, ask},
      {"decode", fed, [&] { return (text = DS_IntermediateDecode(stream)) != nullptr; }, ask},
      {"flush", fed,
       [&] {
         return (metadata = DS_IntermediateDecodeWithMetadataFlushBuffers(stream, 3)) != nullptr;
       },
       ask},
      {"finish", fed, [&] { return ended((text = DS_FinishStream(stream)) != nullptr); }, drop},
      {"finish with metadata", fed,
       [&] { return ended((metadata = DS_FinishStreamWithMetadata(stream, 3)) != nullptr); }, drop},
      {"whole", nothing,
       [&] { return (text = DS_SpeechToText(model, samples.data(), count)) != nullptr; }, drop},
      {"whole with metadata", nothing,
       [&] {
         metadata = DS_SpeechToTextWithMetadata(model, samples.data(), count, 3);
         return metadata != nullptr;
       },
       drop},
  };
  int failed = 0;
  for (const Call& job : plain) failed += Check(job, most);
  for (const Call& job : streams) failed += Check(job, most);
  with_scorer();
  std::printf("with a scorer and a hot phrase:\n");
  for (const Call& job : streams) failed += Check(job, most);
  DS_FreeModel(model);
  return failed == 0 ? 0 : 1;
}
