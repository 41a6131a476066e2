// Opens, uses and frees a model again and again: memory must not grow.
//
//   rounds_test MODEL ROUNDS [SCORER] < PCM    prints the resident kB after a tenth of the rounds
//   and
//                                              after all of them
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "deepspeech.h"

namespace {

long ResidentKb() {
  long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%*d %ld", &pages) != 1) std::abort();
  std::fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

void Check(int code) {
  if (code == DS_ERR_OK) return;
  std::fprintf(stderr, "0x%04x %s\n", code, DS_LastError());
  std::exit(1);
}

// Every way to get and to give back memory, mistakes included.
void Round(const char* path, const char* scorer, const std::vector<short>& samples) {
  ModelState* model = nullptr;
  if (DS_CreateModel("/nowhere/none.pbmm", &model) == DS_ERR_OK) std::abort();
  Check(DS_CreateModel(path, &model));
  Check(DS_SetModelBeamWidth(model, 16));
  if (scorer != nullptr) Check(DS_EnableExternalScorer(model, scorer));
  Check(DS_AddHotWord(model, "a", 1.0f));
  const auto count = static_cast<unsigned>(samples.size());
  DS_FreeString(DS_SpeechToText(model, samples.data(), count));
  DS_FreeMetadata(DS_SpeechToTextWithMetadata(model, samples.data(), count, 3));
  StreamingState* stream = nullptr;
  Check(DS_CreateStream(model, &stream));
  DS_FeedAudioContent(stream, samples.data(), count);
  DS_FreeString(DS_IntermediateDecode(stream));
  DS_FreeMetadata(DS_IntermediateDecodeWithMetadataFlushBuffers(stream, 2));
  DS_FreeString(DS_FinishStream(stream));
  Check(DS_CreateStream(model, &stream));
  DS_FeedAudioContent(stream, samples.data(), count);
  DS_FreeStream(stream);
  Check(DS_EnableGrammar(model, "go on\ngo [unk]\n"));
  if (DS_EnableGrammar(model, "#JSGF V1.0; grammar g; public <g> = (a;") == DS_ERR_OK) std::abort();
  DS_FreeMetadata(DS_SpeechToTextWithMetadata(model, samples.data(), count, 3));
  Check(DS_DisableGrammar(model));
  Check(DS_CreateStream(model, &stream));
  if (DS_EnableKeywords(stream, "go #2\n") == DS_ERR_OK) std::abort();
  Check(DS_EnableKeywords(stream, "a #0.001\nb #0.001\n"));
  const HeardKeyword* heard = nullptr;
  unsigned num_heard = 0;
  for (int i = 0; i < 3; ++i) DS_FeedAudioContent(stream, samples.data(), count);
  Check(DS_TakeKeywords(stream, &heard, &num_heard));
  DS_FeedAudioContent(stream, samples.data(), count);
  Check(DS_EndKeywords(stream, &heard, &num_heard));
  DS_FreeString(DS_FinishStream(stream));
  DS_FreeString(DS_ErrorCodeToErrorMessage(DS_ERR_NO_MODEL));
  DS_FreeString(DS_Version());
  DS_FreeModel(model);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int rounds = std::atoi(argv[2]);
  std::vector<short> samples(1 << 20);
  samples.resize(std::fread(samples.data(), 2, samples.size(), stdin));
  for (int round = 1; round <= rounds; ++round) {
    Round(argv[1], argc > 3 ? argv[3] : nullptr, samples);
    if (round == rounds / 10 || round == rounds) std::printf("%ld\n", ResidentKb());
  }
  return 0;
}
