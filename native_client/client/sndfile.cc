// FLAC, Ogg, Opus, MP3, AIFF and the rest through libsndfile, opened at run time where present.
#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>

#include "base/fork.h"
#include "client/audio_source.h"
#include "client/chain.h"
#include "client/layout.h"

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
struct SfVirtualFile {
  int64_t (*size)(void* user);
  int64_t (*seek)(int64_t offset, int whence, void* user);
  int64_t (*read)(void* bytes, int64_t count, void* user);
  int64_t (*write)(const void* bytes, int64_t count, void* user);
  int64_t (*tell)(void* user);
};
constexpr int kRead = 0x10;
constexpr int kCodings = 0xFFFF, kDouble = 7;  // of a format
constexpr int64_t kUnknownLength = int64_t{1} << 40;

struct Sndfile {
  void* (*open)(SfVirtualFile* file, int mode, SfInfo* info, void* user) = nullptr;
  int64_t (*read)(void* file, float* samples, int64_t frames) = nullptr;
  int64_t (*read_double)(void* file, double* samples, int64_t frames) = nullptr;
  int64_t (*seek)(void* file, int64_t frames, int whence) = nullptr;
  int (*close)(void* file) = nullptr;
  int (*error)(void* file) = nullptr;
  const char* (*strerror)(void* file) = nullptr;

  bool Load(const char* path) {
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    open = reinterpret_cast<decltype(open)>(dlsym(library, "sf_open_virtual"));
    read = reinterpret_cast<decltype(read)>(dlsym(library, "sf_readf_float"));
    read_double = reinterpret_cast<decltype(read_double)>(dlsym(library, "sf_readf_double"));
    seek = reinterpret_cast<decltype(seek)>(dlsym(library, "sf_seek"));
    close = reinterpret_cast<decltype(close)>(dlsym(library, "sf_close"));
    error = reinterpret_cast<decltype(error)>(dlsym(library, "sf_error"));
    strerror = reinterpret_cast<decltype(strerror)>(dlsym(library, "sf_strerror"));
    return open && read && read_double && seek && close && error && strerror;
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

// The pieces of a part as the file that libsndfile sees.
class PartFile {
 public:
  PartFile(const Input& input, Part part) : input_(input), part_(std::move(part)) {
    for (const Piece& piece : part_) size_ += static_cast<int64_t>(piece.size);
  }

  static SfVirtualFile* Functions() {
    static SfVirtualFile functions = {
        [](void* user) { return static_cast<PartFile*>(user)->size_; },
        [](int64_t offset, int whence, void* user) {
          auto* file = static_cast<PartFile*>(user);
          const int64_t from = whence == SEEK_SET   ? 0
                               : whence == SEEK_CUR ? file->at_
                                                    : file->size_;
          return file->at_ = std::clamp<int64_t>(from + offset, 0, file->size_);
        },
        [](void* bytes, int64_t count, void* user) {
          return static_cast<PartFile*>(user)->Read(static_cast<char*>(bytes), count);
        },
        [](const void*, int64_t, void*) { return int64_t{0}; },
        [](void* user) { return static_cast<PartFile*>(user)->at_; },
    };
    return &functions;
  }

 private:
  int64_t Read(char* bytes, int64_t count) {
    int64_t got = 0, begin = 0;
    for (const Piece& piece : part_) {
      const int64_t end = begin + static_cast<int64_t>(piece.size);
      while (got < count && at_ >= begin && at_ < end) {
        const auto offset = static_cast<uint64_t>(at_ - begin);
        const auto wanted = static_cast<size_t>(std::min(count - got, end - at_));
        const size_t more = piece.instead.empty()
                                ? input_.ReadAt(piece.offset + offset, bytes + got, wanted)
                                : piece.instead.copy(bytes + got, wanted, offset);
        if (more == 0) return got;
        got += static_cast<int64_t>(more);
        at_ += static_cast<int64_t>(more);
      }
      begin = end;
    }
    return got;
  }

  const Input& input_;
  const Part part_;
  int64_t size_ = 0, at_ = 0;
};

// One part while it is read, all channels averaged.
class PartReader {
 public:
  // `steps_over`: whether to go on behind what cannot be decoded; most codings do so themselves.
  PartReader(const Sndfile& library, const Input& input, const Part& part, bool steps_over)
      : library_(library), file_(input, part), steps_over_(steps_over) {
    Open();
  }
  ~PartReader() { Close(); }
  PartReader(const PartReader&) = delete;
  PartReader& operator=(const PartReader&) = delete;

  bool is_open() const { return handle_ != nullptr; }
  const SfInfo& info() const { return info_; }
  bool knows_length() const { return info_.frames < kUnknownLength; }
  bool is_damaged() const { return is_damaged_; }  // something cannot be decoded
  bool short_of() const { return knows_length() && at_ < info_.frames; }
  bool not_finite() const { return not_finite_; }

  size_t Read(float* mono, size_t count) {
    if (silence_ == 0 && used_ == filled_ && !Fill()) return 0;
    size_t frames = std::min<uint64_t>(count, static_cast<uint64_t>(silence_));
    if (frames > 0) {
      std::fill_n(mono, frames, 0.0f);
      silence_ -= static_cast<int64_t>(frames);
      return frames;
    }
    frames = std::min(count, filled_ - used_);
    Mix(frames, mono);
    used_ += frames;
    return frames;
  }

 private:
  void Open() {
    Close();
    PartFile::Functions()->seek(0, SEEK_SET, &file_);
    info_ = {};
    handle_ = library_.open(PartFile::Functions(), kRead, &info_, &file_);
  }
  void Close() {
    if (handle_) library_.close(handle_);
    handle_ = nullptr;
  }

  // Decodes the next block; false at the end. Blocks are always as long: behind what is damaged,
  // libsndfile gives other samples for other lengths.
  bool Fill() {
    constexpr int64_t kBlock = 1 << 14;
    used_ = filled_ = 0;
    if (ended_ || !handle_) return false;
    if (!failed_) {
      // Of a frame that it cannot decode it says that it was read, and writes nothing.
      samples_.assign(kBlock * static_cast<size_t>(info_.channels), 0.0f);
      filled_ = static_cast<size_t>(std::max<int64_t>(0, Decode(kBlock)));
      const bool failed = library_.error(handle_) != 0;  // the next call forgets it
      failed_ = failed && steps_over_;
      is_damaged_ = is_damaged_ || (failed && !steps_over_);
    }
    ended_ = filled_ == 0 && (!failed_ || !GoOn());
    at_ += static_cast<int64_t>(filled_);
    return !ended_;
  }

  // Reads on into samples_. libsndfile would make infinity of doubles that no float can hold.
  int64_t Decode(int64_t frames) {
    if ((info_.format & kCodings) != kDouble) {
      return library_.read(handle_, samples_.data(), frames);
    }
    doubles_.assign(samples_.size(), 0.0);
    const int64_t got = library_.read_double(handle_, doubles_.data(), frames);
    std::transform(doubles_.begin(), doubles_.end(), samples_.begin(),
                   [](double value) { return static_cast<float>(Bounded(value)); });
    return got;
  }

  void Mix(size_t frames, float* mono) {
    const auto channels = static_cast<size_t>(info_.channels);
    for (size_t i = 0; i < frames; ++i) {
      float sum = 0;
      for (size_t c = 0; c < channels; ++c) {
        const float value = samples_[(used_ + i) * channels + c];
        if (std::isfinite(value)) {
          sum += Bounded(value);
        } else {
          not_finite_ = true;
        }
      }
      mono[i] = sum / static_cast<float>(channels) * 32768.0f;
    }
  }

  // Behind a frame that cannot be decoded; what it lasted stays silent, so that times are right.
  bool GoOn() {
    constexpr int64_t kStep = 1024, kFineSteps = 16;
    if (!knows_length()) return false;
    for (int64_t step = kStep; at_ + step < info_.frames;
         step += step < kFineSteps * kStep ? kStep : step) {
      Open();
      if (!handle_) return false;
      samples_.resize(static_cast<size_t>(info_.channels));
      if (library_.seek(handle_, at_ + step, SEEK_SET) == at_ + step &&
          library_.error(handle_) == 0 && Decode(1) == 1) {
        filled_ = 1;
        silence_ = step;
        at_ += step;
        failed_ = false;
        is_damaged_ = true;
        return true;
      }
    }
    return false;
  }

  const Sndfile& library_;
  PartFile file_;
  const bool steps_over_;
  SfInfo info_ = {};
  void* handle_ = nullptr;
  int64_t at_ = 0, silence_ = 0;  // frames: those read, those of silence to come
  bool ended_ = false, failed_ = false, is_damaged_ = false, not_finite_ = false;
  std::vector<float> samples_;
  std::vector<double> doubles_;   // where they are
  size_t filled_ = 0, used_ = 0;  // frames of samples_
};

class SndfileSource : public ChainSource {
 public:
  SndfileSource(const Sndfile& library, SharedInput input, Reader reader)
      : library_(library), input_(std::move(input)), layout_(FindParts(*input_, reader)) {
    Open();
  }

  // False if libsndfile cannot read the first part; then `why_not` says why.
  bool Understand(const std::string& path, std::string* why_not) {
    if (!part_) {
      *why_not = "it holds no frames";
      return false;
    }
    if (!part_->is_open()) {
      const std::string reason = library_.strerror(nullptr);  // "Error : unknown error in ... ."
      const size_t from = reason.rfind("Error : ", 0) == 0 ? 8 : 0;
      *why_not = reason.substr(from, reason.find_last_not_of(". ") + 1 - from);
      return false;
    }
    rate_ = part_->info().rate;
    channels_ = part_->info().channels;
    CheckFormat(path, rate_, channels_);
    if (layout_.parts.size() > 1) {
      Note(kJoined);
    } else if (part_->knows_length()) {
      frames_ = static_cast<double>(part_->info().frames);
    }
    if (layout_.unsized || !part_->knows_length()) Note(kUnsized);
    if (channels_ > 1) Note("has " + std::to_string(channels_) + " channels: mixed down to mono");
    return true;
  }

 private:
  size_t ReadPart(float* mono, size_t count) override {
    return part_ ? part_->Read(mono, count) : 0;
  }

  int NextPart() override {
    EndPart();
    while (Open()) {
      if (part_->is_open() && IsRate(part_->info().rate)) return part_->info().rate;
      layout_.damaged = true;
    }
    if (layout_.damaged) Note(kDamaged);
    if (layout_.cut) Note(kShort);
    return 0;
  }

  // The next of the parts; false if there is none.
  bool Open() {
    part_ = nullptr;
    if (next_ == layout_.parts.size()) return false;
    part_ = std::make_unique<PartReader>(library_, *input_, layout_.parts[next_++],
                                         layout_.reader == Reader::kFlac);
    return true;
  }

  void EndPart() {
    if (!part_) return;
    if (part_->not_finite()) Note(kNotFinite);
    if (part_->is_damaged()) layout_.damaged = true;
    // The length of MPEG audio may be a guess. Ogg pages that are missing at the end are seen.
    if (!part_->short_of() || layout_.damaged || layout_.cut || layout_.reader == Reader::kMpeg)
      return;
    (layout_.reader == Reader::kOgg ? layout_.damaged : layout_.cut) = true;
  }

  const Sndfile& library_;
  const SharedInput input_;
  Layout layout_;
  size_t next_ = 0;  // of the parts
  std::unique_ptr<PartReader> part_;
};

}  // namespace

void SetSndfilePath(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex);
  preferred_path = path;
}

std::unique_ptr<AudioSource> OpenSndfile(const std::string& path, SharedInput input, Reader reader,
                                         std::string* why_not) {
  const Sndfile* library = FindSndfile();
  if (!library) {
    throw AudioError(path, (why_not->empty() ? "is not a WAV file" : *why_not) +
                               ": other formats need libsndfile (apt install libsndfile1, or pip "
                               "install 'deepspeech[audio]' for the Python command)");
  }
  auto source = std::make_unique<SndfileSource>(*library, std::move(input), reader);
  if (!source->Understand(path, why_not)) return nullptr;
  return source;
}

}  // namespace ds
