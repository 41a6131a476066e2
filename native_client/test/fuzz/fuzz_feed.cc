// Any samples in any pieces, through the C API, with a model named by DS_FUZZ_MODEL: the first byte
// of each record is how many samples follow, its low bit asks for an intermediate result.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "deepspeech.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ModelState* model = [] {
    ModelState* opened = nullptr;
    const char* path = std::getenv("DS_FUZZ_MODEL");
    if (DS_CreateModel(path, &opened) != DS_ERR_OK) {
      std::fprintf(stderr, "DS_FUZZ_MODEL: %s\n", DS_LastError());
      std::exit(1);
    }
    DS_SetModelBeamWidth(opened, 8);
    return opened;
  }();
  StreamingState* stream = nullptr;
  if (DS_CreateStream(model, &stream) != DS_ERR_OK) std::abort();
  size_t at = 0;
  while (at < size) {
    const uint8_t head = data[at++];
    const size_t count = std::min<size_t>(head * 5, (size - at) / 2);
    std::vector<short> samples(count);
    std::memcpy(samples.data(), data + at, 2 * count);
    at += 2 * count;
    DS_FeedAudioContent(stream, samples.data(), static_cast<unsigned>(count));
    if (head & 1) DS_FreeString(DS_IntermediateDecodeFlushBuffers(stream));
  }
  DS_FreeMetadata(DS_FinishStreamWithMetadata(stream, 2));
  return 0;
}
