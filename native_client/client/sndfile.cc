// FLAC, Ogg, Opus, MP3, AIFF and the rest through libsndfile, opened at run time where present.
#include <dlfcn.h>

#include <cmath>
#include <cstdint>
#include <mutex>

#include "base/fork.h"
#include "client/audio_source.h"

namespace ds {
namespace {

// The part of libsndfile's binary interface that is used; stable since 1.0.
struct SfInfo {
  int64_t frames;
  int rate;
  int channels;
  int format;
  int sections;
  int seekable;
};
constexpr int kRead = 0x10;
constexpr int64_t kUnknownLength = int64_t{1} << 40;

struct Sndfile {
  void* (*open)(const char* path, int mode, SfInfo* info) = nullptr;
  int64_t (*read)(void* file, float* samples, int64_t frames) = nullptr;
  int (*close)(void* file) = nullptr;
  const char* (*strerror)(void* file) = nullptr;

  bool Load(const char* path) {
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    open = reinterpret_cast<decltype(open)>(dlsym(library, "sf_open"));
    read = reinterpret_cast<decltype(read)>(dlsym(library, "sf_readf_float"));
    close = reinterpret_cast<decltype(close)>(dlsym(library, "sf_close"));
    strerror = reinterpret_cast<decltype(strerror)>(dlsym(library, "sf_strerror"));
    return open && read && close && strerror;
  }
};

ForkMutex mutex;
std::string preferred_path;

// Null if there is none. Looked for again until found: it may be installed meanwhile.
const Sndfile* FindSndfile() {
  static Sndfile library;
  static bool found = false;
  std::lock_guard<std::mutex> lock(mutex);
  const char* const names[] = {preferred_path.c_str(), "libsndfile.so.1", "libsndfile.so"};
  for (const char* name : names) {
    if (!found && *name) found = library.Load(name);
  }
  return found ? &library : nullptr;
}

class SndfileSource : public AudioSource {
 public:
  SndfileSource(const Sndfile& library, void* handle, const SfInfo& info, const std::string& path)
      : library_(library), handle_(handle) {
    rate_ = info.rate;
    channels_ = info.channels;
    if (info.frames < kUnknownLength) frames_ = static_cast<double>(info.frames);
    if (channels_ > 1) Note("has " + std::to_string(channels_) + " channels: mixed down to mono");
    try {
      CheckFormat(path);
    } catch (...) {
      library_.close(handle_);
      throw;
    }
  }
  ~SndfileSource() override { library_.close(handle_); }
  SndfileSource(const SndfileSource&) = delete;
  SndfileSource& operator=(const SndfileSource&) = delete;

  size_t Read(float* mono, size_t count) override {
    samples_.resize(count * channels_);
    const int64_t got = library_.read(handle_, samples_.data(), static_cast<int64_t>(count));
    const size_t frames = got > 0 ? static_cast<size_t>(got) : 0;
    for (size_t i = 0; i < frames; ++i) {
      float sum = 0;
      for (int c = 0; c < channels_; ++c) sum += samples_[i * channels_ + c];
      mono[i] = std::isfinite(sum) ? sum / static_cast<float>(channels_) * 32768.0f : 0.0f;
    }
    return frames;
  }

 private:
  const Sndfile& library_;
  void* handle_;
  std::vector<float> samples_;
};

}  // namespace

void SetSndfilePath(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex);
  preferred_path = path;
}

std::unique_ptr<AudioSource> OpenSndfile(const std::string& path, const std::string& why_not) {
  const Sndfile* library = FindSndfile();
  if (!library) {
    throw AudioError(path, (why_not.empty() ? "is not a WAV file" : why_not) +
                               ": other formats need libsndfile (apt install libsndfile1, or pip "
                               "install 'deepspeech[audio]' for the Python command)");
  }
  SfInfo info = {};
  void* handle = library->open(path.c_str(), kRead, &info);
  if (!handle) {
    throw AudioError(path, why_not.empty() ? "is not audio of a known format: expected WAV, FLAC, "
                                             "Ogg, Opus, MP3 or AIFF"
                                           : why_not);
  }
  return std::make_unique<SndfileSource>(*library, handle, info, path);
}

}  // namespace ds
