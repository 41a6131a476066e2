// Any bytes as a WAV file, as a file and as a pipe: an error or samples at 16 kHz. The first twelve
// bytes are made those of a WAV file, so that libsndfile is asked only for codecs not read by us.
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
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

void ReadPipe(const std::string& bytes) {
  auto [from, to] = ds::Fd::Pipe();
  std::thread writer([&, to = std::move(to)] {
    signal(SIGPIPE, SIG_IGN);
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t wrote = write(to.get(), bytes.data() + done, bytes.size() - done);
      if (wrote <= 0) return;
      done += static_cast<size_t>(wrote);
    }
  });
  try {
    std::string why_not;
    auto input = std::make_shared<ds::Input>(std::move(from));
    const auto source = ds::OpenWav("-", std::move(input), &why_not);
    std::vector<float> block(1000);
    while (source && source->Read(block.data(), block.size()) > 0) {
    }
  } catch (const ds::AudioError&) {
  }
  writer.join();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 12) return 0;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.compare(0, 4, "RF64") != 0 && bytes.compare(0, 4, "BW64") != 0)
    bytes.replace(0, 4, "RIFF");
  bytes.replace(8, 4, "WAVE");
  ReadFile(bytes);
  ReadPipe(bytes);
  return 0;
}
