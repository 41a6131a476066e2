// The WAV reader.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "client/audio_source.h"
#include "client/chain.h"
#include "client/layout.h"

namespace ds {
namespace {

// Codec tags of the chunk "fmt ".
enum Tag : unsigned { kPcm = 1, kFloat = 3, kALaw = 6, kMuLaw = 7, kExtensible = 0xFFFE };

constexpr uint64_t kToTheEnd = UINT64_MAX;
constexpr uint32_t kUnfilled = 0xFFFFFF00;  // sizes from here on were written to a pipe
// And those of programs that take sizes for signed: 2 GiB, less some blocks, with or without
// header.
constexpr uint32_t kHalfUnfilled = 0x7FFFF000 - 256, kHalfUnfilledEnd = 0x80000000 + 256;

unsigned U16(const unsigned char* p) { return p[0] | p[1] << 8; }
uint32_t U32(const unsigned char* p) { return U16(p) | static_cast<uint32_t>(U16(p + 2)) << 16; }
uint64_t U64(const unsigned char* p) { return U32(p) | static_cast<uint64_t>(U32(p + 4)) << 32; }

// G.711: sign, exponent and mantissa of 3 and 4 bits.
float MuLaw(unsigned char code) {
  code = ~code;
  const int magnitude = ((((code & 15) << 3) + 132) << (code >> 4 & 7)) - 132;
  return static_cast<float>(code & 128 ? -magnitude : magnitude);
}
float ALaw(unsigned char code) {
  code ^= 0x55;
  const int exponent = code >> 4 & 7;
  int magnitude = ((code & 15) << 4) + 8;
  if (exponent > 0) magnitude = (magnitude + 256) << (exponent - 1);
  return static_cast<float>(code & 128 ? magnitude : -magnitude);
}

class WavSource : public ChainSource {
 public:
  WavSource(const std::string& path, SharedInput input) : path_(path), input_(std::move(input)) {}

  // False, with the reason, if the codec is not one of ours.
  bool ReadFirst(std::string* why_not) {
    if (!ReadHeader(why_not)) return false;
    rate_ = format_.rate;
    channels_ = format_.channels;
    frames_ = announced_;
    input_->Forget();
    return true;
  }

 private:
  // Of a chunk "fmt ", and what follows from it.
  struct Format {
    unsigned tag = 0, bits = 0, width = 0, frame_bytes = 0;  // width: bytes of a sample
    int rate = 0, channels = 0;
  };

  // Reads up to the first sample of a recording.
  bool ReadHeader(std::string* why_not) {
    unsigned char head[12], chunk[8];
    ReadBytes(head, sizeof head);
    is_long_ = std::memcmp(head, "RIFF", 4) != 0;
    seen_format_ = false;
    format_ = {};
    for (;;) {
      if (!ReadBytes(chunk, 8)) {
        throw AudioError(path_, seen_format_
                                    ? "ends before its samples: the chunk 'data' is missing"
                                    : "ends within its header");
      }
      const uint32_t size = U32(chunk + 4);
      if (std::memcmp(chunk, "data", 4) == 0) {
        if (!seen_format_) throw AudioError(path_, "has samples but no format (chunk 'fmt ')");
        if (!Understand(why_not)) return false;
        SetLength(size);
        return true;
      }
      if (std::memcmp(chunk, "fmt ", 4) == 0) {
        ReadFormat(size);
      } else if (is_long_ && std::memcmp(chunk, "ds64", 4) == 0 && size >= 16) {
        unsigned char sizes[16];
        if (!ReadBytes(sizes, 16)) throw AudioError(path_, "ends within its header");
        long_size_ = U64(sizes + 8);
        input_->Skip(size - 16);
      } else {
        input_->Skip(size);
      }
      if (size & 1) input_->Skip(1);  // chunks begin at even positions
    }
  }

  size_t ReadPart(float* mono, size_t count) override {
    const size_t frame = static_cast<size_t>(format_.channels) * format_.width;
    const uint64_t want = std::min<uint64_t>(static_cast<uint64_t>(count) * frame, left_);
    bytes_.resize(static_cast<size_t>(want));
    const size_t got = want ? input_->Read(bytes_.data(), bytes_.size()) : 0;
    if (left_ != kToTheEnd) left_ -= got;
    if (got < want) {
      if (left_ != kToTheEnd && (left_ >= frame || got % frame == 0)) Note(kShort);
      left_ = 0;
    }
    if (got % frame) Note(kHalfSample);
    Convert(got / frame, mono);
    return got / frame;
  }

  int NextPart() override {
    while (FindNext()) {
      const uint64_t begin = input_->position();
      Note(kJoined);
      try {
        std::string unused;
        if (ReadHeader(&unused)) return format_.rate;
      } catch (const AudioError&) {
      }
      Note(kDamaged);
      if (input_->size() != kUnknownSize) GoTo(begin + 12);  // the next may begin in its header
    }
    return 0;
  }

  // Goes on to where a WAV file begins; false if none does.
  bool FindNext() {
    constexpr size_t kWindow = 1 << 16, kHead = 12;
    for (;;) {
      const std::string window = input_->Peek(kWindow);
      const size_t found = FindWav(window);
      const bool is_there = found != std::string::npos;
      if (is_there || window.size() < kWindow) {
        input_->Skip(is_there ? found : window.size());
        return is_there;
      }
      input_->Skip(kWindow - (kHead - 1));
    }
  }

  bool ReadBytes(unsigned char* bytes, size_t count) { return input_->Read(bytes, count) == count; }

  // tag u16, channels u16, rate u32, bytes a second u32, bytes a frame u16, bits u16; extensible:
  // size u16, valid bits u16, speakers u32, GUID whose first two bytes are the real tag.
  void ReadFormat(uint32_t size) {
    unsigned char format[40] = {};
    if (size < 16)
      throw AudioError(path_,
                       "has a format of " + std::to_string(size) + " bytes: expected 16 or more");
    const size_t used = std::min<size_t>(size, sizeof format);
    if (!ReadBytes(format, used)) throw AudioError(path_, "ends within its header");
    input_->Skip(size - used);
    format_.tag = U16(format);
    format_.channels = static_cast<int>(U16(format + 2));
    format_.rate = static_cast<int>(std::min<uint32_t>(U32(format + 4), INT32_MAX));
    format_.frame_bytes = U16(format + 12);
    format_.bits = U16(format + 14);
    if (format_.tag == kExtensible && size >= 26) format_.tag = U16(format + 24);
    seen_format_ = true;
  }

  bool Understand(std::string* why_not) {
    CheckFormat(path_, format_.rate, format_.channels);
    const bool law = format_.tag == kALaw || format_.tag == kMuLaw;
    format_.width = (format_.bits + 7) / 8;
    const unsigned container = format_.frame_bytes / static_cast<unsigned>(format_.channels);
    if (format_.tag == kPcm && format_.width == 3 && container == 4)
      format_.width = 4;  // 24 of 32 bits, at the top
    if (!(format_.tag == kPcm &&
          ((format_.width >= 1 && format_.width <= 4) || format_.width == 8)) &&
        !(law && format_.bits == 8) &&
        !(format_.tag == kFloat && (format_.bits == 32 || format_.bits == 64))) {
      char text[80];
      std::snprintf(text, sizeof text,
                    "its samples have an unsupported encoding (tag 0x%04X, "
                    "%u bits)",
                    format_.tag, format_.bits);
      *why_not = text;
      return false;
    }
    if (format_.channels > 1) {
      Note("has " + std::to_string(format_.channels) + " channels: mixed down to mono");
    }
    return true;
  }

  // Settles between the sizes in the header and that of the file.
  void SetLength(uint32_t size) {
    left_ = is_long_ && size == UINT32_MAX ? long_size_ : size;
    uint64_t there = kToTheEnd;
    if (input_->size() != kUnknownSize) {
      there = input_->size() - std::min(input_->position(), input_->size());
    }
    if (IsUnfilled(there)) {
      left_ = there == kToTheEnd ? there : UntilNext();
      Note(kUnsized);
    }
    const uint64_t bytes = std::min(left_, there);
    const unsigned frame = format_.width * static_cast<unsigned>(format_.channels);
    announced_ = bytes == kToTheEnd ? -1 : static_cast<double>(bytes / frame);
  }

  // Bytes from here to where another recording begins, or to the end of the file.
  uint64_t UntilNext() {
    const uint64_t begin = input_->position();
    FindNext();
    const uint64_t size = input_->position() - begin;
    GoTo(begin);
    return size;
  }

  void GoTo(uint64_t position) {
    input_->Rewind();
    input_->Skip(position);
  }

  // A writer that never learnt the length, or was killed, leaves 0 or all ones.
  bool IsUnfilled(uint64_t there) {
    if (left_ == 0) return there != 0 && !OnlyChunksFollow(there);
    if (is_long_) return left_ == UINT64_MAX;
    return left_ >= kUnfilled ||
           (left_ >= kHalfUnfilled && left_ < kHalfUnfilledEnd && left_ > there) ||
           (left_ >= kHalfUnfilled && left_ < kHalfUnfilledEnd && there == kToTheEnd);
  }

  // Tells whether a recording without samples is followed by chunks to its very end.
  bool OnlyChunksFollow(uint64_t there) {
    if (there == kToTheEnd) return false;
    const uint64_t end = input_->position() + there;
    uint64_t at = input_->position();
    unsigned char chunk[8];
    while (at + 8 <= end && input_->ReadAt(at, chunk, 8) == 8) {
      for (int i = 0; i < 4; ++i) {
        if (chunk[i] < ' ' || chunk[i] > '~') return false;
      }
      const uint64_t size = U32(chunk + 4);
      at += 8 + size + (size & 1);
    }
    return at == end || at == end + 1;
  }

  void Convert(size_t frames, float* mono) {
    switch (format_.tag) {
      case kALaw:
        return Mix(frames, mono, [](const unsigned char* p) { return ALaw(*p); });
      case kMuLaw:
        return Mix(frames, mono, [](const unsigned char* p) { return MuLaw(*p); });
      case kFloat:
        if (format_.width == 4) {
          return Mix(frames, mono, [this](const unsigned char* p) {
            float value;
            std::memcpy(&value, p, sizeof value);
            return Finite(Bounded(value));
          });
        }
        return Mix(frames, mono, [this](const unsigned char* p) {
          double value;
          std::memcpy(&value, p, sizeof value);
          return Finite(static_cast<float>(Bounded(value)));
        });
      default:
        break;
    }
    switch (format_.width) {  // only 8 bits are unsigned
      case 1:
        return Mix(frames, mono, [](const unsigned char* p) { return (*p - 128) * 256.0f; });
      case 2:
        return Mix(frames, mono, [](const unsigned char* p) {
          return static_cast<float>(static_cast<int16_t>(U16(p)));
        });
      case 3:
        return Mix(frames, mono, [](const unsigned char* p) {
          return static_cast<float>(
                     static_cast<int32_t>(U16(p) << 8 | static_cast<uint32_t>(p[2]) << 24)) /
                 65536.0f;
        });
      case 4:
        return Mix(frames, mono, [](const unsigned char* p) {
          return static_cast<float>(static_cast<int32_t>(U32(p))) / 65536.0f;
        });
      default:
        return Mix(frames, mono, [](const unsigned char* p) {
          return static_cast<float>(static_cast<int32_t>(U32(p + 4))) / 65536.0f;
        });
    }
  }

  template <class Value>
  void Mix(size_t frames, float* mono, Value value) {
    const unsigned char* p = bytes_.data();
    for (size_t i = 0; i < frames; ++i) {
      float sum = 0;
      for (int c = 0; c < format_.channels; ++c, p += format_.width) sum += value(p);
      mono[i] = sum / static_cast<float>(format_.channels);
    }
  }

  float Finite(float value) {
    if (std::isfinite(value)) return value * 32768.0f;
    Note(kNotFinite);
    return 0;
  }

  const std::string path_;
  const SharedInput input_;
  bool is_long_ = false;    // RF64 or BW64
  uint64_t long_size_ = 0;  // of the samples there
  bool seen_format_ = false;
  Format format_;
  double announced_ = -1;  // frames
  uint64_t left_ = 0;      // bytes of samples to come
  std::vector<unsigned char> bytes_;
};

}  // namespace

std::unique_ptr<AudioSource> OpenWav(const std::string& path, SharedInput input,
                                     std::string* why_not) {
  auto source = std::make_unique<WavSource>(path, input);
  if (source->ReadFirst(why_not)) return source;
  input->Rewind();
  return nullptr;
}

}  // namespace ds
