// Opens damaged copies of a file: each gives a code or something that works, never a crash.
//
//   damage_test model FILE COUNT            .pb, .pbmm or .tflite
//   damage_test scorer FILE COUNT MODEL     .scorer, KenLM binary or ARPA file
//   damage_test audio FILE COUNT            a recording
//   damage_test files LIST COUNT            the models that a file lists, a path in each line
//
// A third of the copies are cut off, the others have a few bits or numbers changed; the same COUNT
// gives the same copies. Prints how many were refused and how many worked; standard error ends with
// the number of the copy that was last at work, which has 20 seconds.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "client/audio_reader.h"
#include "deepspeech.h"

namespace {

std::string ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Damaged(const std::string& sound, int number) {
  std::mt19937 random(static_cast<unsigned>(number));
  std::string bytes = sound;
  if (number % 3 == 0) return bytes.substr(0, random() % bytes.size());
  for (unsigned i = 0; i <= random() % 6; ++i) {
    const size_t at = random() % bytes.size();
    if (random() % 2 == 0) {
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
      continue;
    }
    // What a length, an offset or a float should not be.
    constexpr uint32_t kOdd[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fc00000, 0x7f7fffff};
    const uint32_t odd = kOdd[random() % std::size(kOdd)];
    std::memcpy(&bytes[at], &odd, std::min(sizeof odd, bytes.size() - at));
  }
  return bytes;
}

unsigned Size(const std::string& bytes) { return static_cast<unsigned>(bytes.size()); }

// A third of a second of noise through a model that could be opened.
void Transcribe(ModelState* model) {
  std::mt19937 random(1);
  std::vector<short> samples(5000);
  for (short& sample : samples) sample = static_cast<short>(random() % 20000);
  StreamingState* stream = nullptr;
  if (DS_CreateStream(model, &stream) == DS_ERR_OK) DS_FreeStream(stream);  // with its own beam
  DS_SetModelBeamWidth(model, 8);
  DS_FreeMetadata(DS_SpeechToTextWithMetadata(model, samples.data(), samples.size(), 2));
}

bool Model(const std::string& bytes) {
  ModelState* model = nullptr;
  if (DS_CreateModelFromBuffer(bytes.data(), Size(bytes), &model) != DS_ERR_OK) return false;
  Transcribe(model);
  DS_FreeModel(model);
  return true;
}

// The models of a list, as they are.
bool Listed(const std::string& paths, int number) {
  std::istringstream list(paths);
  std::string path;
  for (int i = 0; i <= number; ++i) std::getline(list, path);
  ModelState* model = nullptr;
  if (DS_CreateModel(path.c_str(), &model) != DS_ERR_OK) return false;
  Transcribe(model);
  DS_FreeModel(model);
  return true;
}

bool Scorer(const std::string& bytes, ModelState* model) {
  if (DS_EnableExternalScorerFromBuffer(model, bytes.data(), Size(bytes)) != DS_ERR_OK) {
    return false;
  }
  DS_AddHotWord(model, "a", 2.0f);
  Transcribe(model);
  DS_ClearHotWords(model);
  return true;
}

bool Audio(const std::string& bytes) {
  const int fd = memfd_create("audio", MFD_CLOEXEC);
  if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
  bool works = true;
  try {
    ds::AudioReader reader("/proc/self/fd/" + std::to_string(fd), 16000);
    std::vector<int16_t> block(16000);
    while (reader.Read(block.data(), block.size()) > 0) {
    }
  } catch (const ds::AudioError&) {
    works = false;
  }
  close(fd);
  return works;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const std::string kind = argv[1], sound = ReadFile(argv[2]);
  ModelState* model = nullptr;
  if (sound.empty() || (argc > 4 && DS_CreateModel(argv[4], &model) != DS_ERR_OK)) return 2;
  int refused = 0, worked = 0;
  for (int number = 0; number < std::atoi(argv[3]); ++number) {
    std::fprintf(stderr, "%d\n", number);
    alarm(20);
    const std::string bytes = kind == "files" ? "" : Damaged(sound, number);
    const bool works = kind == "files"    ? Listed(sound, number)
                       : kind == "audio"  ? Audio(bytes)
                       : kind == "scorer" ? Scorer(bytes, model)
                                          : Model(bytes);
    ++(works ? worked : refused);
  }
  DS_FreeModel(model);
  std::printf("%d %d\n", refused, worked);
  return 0;
}
