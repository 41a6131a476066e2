// Any bytes as a WAV file, as a file and as a pipe: an error or samples at 16 kHz. The first twelve
// bytes are made those of a WAV file, so that libsndfile is asked only for codecs not read by us.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "client/audio_reader.h"

namespace {

void ReadFile(const std::string& bytes) {
  const int fd = memfd_create("wav", MFD_CLOEXEC);
  if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
  try {
    ds::AudioReader reader("/proc/self/fd/" + std::to_string(fd), 16000);
    std::vector<int16_t> block(1000);
    while (reader.Read(block.data(), block.size()) > 0) {
    }
  } catch (const ds::AudioError&) {
  }
  close(fd);
}

// A stream in memory has no size and cannot be asked for one, as a pipe.
void ReadPipe(std::string bytes) {
  ds::InputFile file(fmemopen(&bytes[0], bytes.size(), "rb"));
  unsigned char head[12];
  if (std::fread(head, 1, sizeof head, file.get()) != sizeof head) std::abort();
  try {
    std::string why_not;
    const auto source = ds::OpenWav("-", std::move(file), head, &why_not);
    std::vector<float> block(1000);
    while (source && source->Read(block.data(), block.size()) > 0) {
    }
  } catch (const ds::AudioError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 12) return 0;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.compare(0, 4, "RF64") != 0) bytes.replace(0, 4, "RIFF");
  bytes.replace(8, 4, "WAVE");
  ReadFile(bytes);
  ReadPipe(bytes);
  return 0;
}
