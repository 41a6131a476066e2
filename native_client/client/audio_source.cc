#include "client/audio_source.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace ds {
namespace {

constexpr size_t kHead = 12;

// Samples without a header.
class RawSource : public AudioSource {
 public:
  RawSource(InputFile file, int rate, const unsigned char* head, size_t size)
      : file_(std::move(file)), bytes_(head, head + size) {
    rate_ = rate;
    channels_ = 1;
  }

  size_t Read(float* mono, size_t count) override {
    const size_t had = bytes_.size();
    if (had < 2 * count) {
      bytes_.resize(2 * count);
      bytes_.resize(had + std::fread(bytes_.data() + had, 1, 2 * count - had, file_.get()));
    }
    const size_t samples = std::min(count, bytes_.size() / 2);
    for (size_t i = 0; i < samples; ++i) {
      mono[i] = static_cast<int16_t>(bytes_[2 * i] | bytes_[2 * i + 1] << 8);
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(2 * samples));
    if (samples == 0 && !bytes_.empty())
      Note("ends in the middle of a sample: dropped the incomplete one");
    return samples;
  }

 private:
  InputFile file_;
  std::vector<unsigned char> bytes_;  // read, but not given out yet
};

InputFile Open(const std::string& path) {
  InputFile file;
  try {
    file = OpenInput(path);
  } catch (const Error& e) {
    throw AudioError(path, e.what());
  }
  struct stat status;
  if (fstat(fileno(file.get()), &status) != 0) throw AudioError(path, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) throw AudioError(path, "is a folder: expected an audio file");
  return file;
}

}  // namespace

void AudioSource::CheckFormat(const std::string& path) const {
  if (rate_ < 1000 || rate_ > 768000) {
    throw AudioError(path, "its header says " + std::to_string(rate_) +
                               " Hz: expected a sample rate from 1000 to 768000");
  }
  if (channels_ < 1 || channels_ > 1024) {
    throw AudioError(
        path, "its header says " + std::to_string(channels_) + " channels: expected 1 or more");
  }
}

void AudioSource::Note(const std::string& text) {
  if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) notes_.push_back(text);
}

std::unique_ptr<AudioSource> OpenAudio(const std::string& path, int raw_rate) {
  const bool from_stdin = path == "-";
  InputFile file = Open(path);

  unsigned char head[kHead];
  const size_t size = std::fread(head, 1, kHead, file.get());
  if (size == kHead && std::memcmp(head + 8, "WAVE", 4) == 0 &&
      (std::memcmp(head, "RIFF", 4) == 0 || std::memcmp(head, "RF64", 4) == 0)) {
    std::string why_not;
    std::unique_ptr<AudioSource> source = OpenWav(path, std::move(file), head, &why_not);
    return source ? std::move(source) : OpenSndfile(path, why_not);
  }
  if (from_stdin) return std::make_unique<RawSource>(std::move(file), raw_rate, head, size);
  if (size == 0) throw AudioError(path, "is empty: expected an audio file");
  if (size < kHead) throw AudioError(path, "has only " + std::to_string(size) + " bytes");
  return OpenSndfile(path, "");
}

}  // namespace ds
