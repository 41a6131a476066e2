#include "client/layout.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string_view>

namespace ds {
namespace {

using std::string_view;
using namespace std::string_view_literals;

// A file through a window, for those who read on from where they are.
class Bytes {
 public:
  explicit Bytes(const Input& input) : input_(input) {}

  uint64_t size() const { return input_.size(); }
  // At most `count` bytes from `offset` on: fewer at the end. Valid until the next call.
  string_view At(uint64_t offset, size_t count) { return Rest(offset, count).substr(0, count); }
  bool Has(uint64_t offset, string_view text) { return At(offset, text.size()) == text; }
  // The next place of `text` from `offset` on; size() if there is none.
  uint64_t Find(string_view text, uint64_t offset) {
    for (;;) {
      const string_view window = Rest(offset, text.size());
      if (window.size() < text.size()) return size();
      const size_t found = window.find(text);
      if (found != string_view::npos) return offset + found;
      offset += window.size() - (text.size() - 1);
    }
  }

 private:
  // The bytes that are at hand from `offset` on, `count` or more.
  string_view Rest(uint64_t offset, size_t count) {
    const uint64_t end = begin_ + window_.size();
    if (offset < begin_ || offset > end || (offset + count > end && end < size())) {
      begin_ = offset;
      window_.resize(std::max<size_t>(count, kWindow));
      window_.resize(input_.ReadAt(offset, window_.data(), window_.size()));
    }
    return string_view(window_).substr(static_cast<size_t>(offset - begin_));
  }

  static constexpr size_t kWindow = 1 << 16;
  const Input& input_;
  uint64_t begin_ = 0;
  std::string window_;
};

const unsigned char* Raw(string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
uint64_t Big(string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}
uint64_t Little(string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}
std::string ToBig(uint64_t value, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = size; i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 255);
  return bytes;
}

// Adds bytes to a stream: to its last piece, where they follow on that.
void Extend(Part* part, uint64_t offset, uint64_t size) {
  if (!part->empty() && part->back().instead.empty() &&
      part->back().offset + part->back().size == offset) {
    part->back().size += size;
  } else {
    part->push_back({offset, size});
  }
}

// Bytes of the tag that begins at `at`, before or between streams; 0 if none does. ID3v2: "ID3",
// version u16, flags u8, size 4 * 7 bits without these ten bytes and those of a footer. ID3v1 has
// 128 bytes. APE has 32 bytes before and behind `size` - 32 bytes of items.
uint64_t TagSize(Bytes* bytes, uint64_t at) {
  const string_view head = bytes->At(at, 32);
  if (head.size() >= 10 && head.substr(0, 3) == "ID3"sv) {
    uint64_t size = 0;
    for (int i = 6; i < 10; ++i) size = size << 7 | (head[i] & 0x7F);
    return 10 + size + (head[5] & 0x10 ? 10 : 0);
  }
  if (head.substr(0, 3) == "TAG"sv && bytes->At(at, 128).size() == 128) return 128;
  if (head.size() == 32 && head.substr(0, 8) == "APETAGEX"sv) {
    const uint64_t size = Little(head.substr(12, 4));
    return head[23] & 0x20 ? 32 + size : 32;
  }
  return 0;
}

uint64_t SkipTags(Bytes* bytes, uint64_t at) {
  while (const uint64_t size = TagSize(bytes, at)) at += size;
  return std::min(at, bytes->size());
}

// Whether the page's bytes are as they were written: its checksum (polynomial 0x04C11DB7, first bit
// first) is that of the page with 0 in its place.
bool IsSound(string_view page) {
  static const auto table = [] {
    std::array<uint32_t, 256> values = {};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i << 24;
      for (int bit = 0; bit < 8; ++bit) value = value << 1 ^ (value >> 31 ? 0x04C11DB7u : 0u);
      values[i] = value;
    }
    return values;
  }();
  uint32_t sum = 0;
  for (size_t i = 0; i < page.size(); ++i) {
    const unsigned byte = i >= 22 && i < 26 ? 0 : Raw(page)[i];
    sum = sum << 8 ^ table[sum >> 24 ^ byte];
  }
  return sum == Little(page.substr(22, 4));
}

// An Ogg page: "OggS", version u8, flags u8, granule u64, serial u32, number u32, checksum u32,
// segments u8, their sizes. Flag 2 begins a stream, 4 ends it.
Layout FindOgg(Bytes* bytes, uint64_t at) {
  Layout layout;
  bool inside = false, ended = false;  // the stream: past its first pages, at its last one
  while (at < bytes->size()) {
    const string_view head = bytes->At(at, 27);
    if (head.substr(0, 4) != "OggS"sv) {
      if (const uint64_t tag = TagSize(bytes, at)) {
        at += tag;
        continue;
      }
      const uint64_t next = bytes->Find("OggS"sv, at);
      if (next == bytes->size()) break;  // what lies behind the last page is none of ours
      layout.damaged = true;
      at = next;
      continue;
    }
    if (head.size() < 27) {
      layout.cut = true;
      break;
    }
    const unsigned flags = Raw(head)[5], segments = Raw(head)[26];
    const string_view sizes = bytes->At(at + 27, segments);
    uint64_t size = 27 + segments;
    for (const char part : sizes) size += static_cast<unsigned char>(part);
    if (sizes.size() < segments || at + size > bytes->size()) {
      layout.cut = true;
      break;
    }
    if (!IsSound(bytes->At(at, size))) {
      layout.damaged = true;
      ++at;  // its size may be wrong too
      continue;
    }
    const bool begins = flags & 2;
    if (layout.parts.empty() || (begins && inside)) {
      layout.cut = layout.cut || (inside && !ended);
      layout.parts.emplace_back();
    }
    inside = !begins;
    ended = flags & 4;
    Extend(&layout.parts.back(), at, size);
    at += size;
  }
  layout.cut = layout.cut || (!ended && !layout.damaged);
  return layout;
}

// What a first frame may hold instead of sound: "Xing" or "Info", flags u32, number of frames u32
// if flag 1, of bytes u32 if flag 2, a table of 100 bytes if flag 4, a quality u32 if flag 8; then,
// from LAME, 9 bytes of name, 12 more, and 12 bits each of what to leave out before and behind.
struct Info {
  size_t at = 0;  // in the frame; 0: there is none
  uint64_t frames = 0;
};

Info FindInfo(string_view frame, const MpegFrame& header) {
  for (const size_t at : {size_t{4} + header.side_info, size_t{36}}) {
    const string_view tag = frame.substr(std::min(at, frame.size()), 12);
    if (tag.size() < 12) continue;
    if (tag.substr(0, 4) == "VBRI"sv && at == 36) return {at, 0};
    if (tag.substr(0, 4) == "Xing"sv || tag.substr(0, 4) == "Info"sv) {
      return {at, tag[7] & 1 ? Big(tag.substr(8, 4)) : 0};
    }
  }
  return {};
}

// The first frame of a stream that has `frames` more in `bytes`, not what it says. With `ends`
// there is nothing to leave out behind.
std::string Corrected(std::string frame, size_t at, uint64_t frames, uint64_t bytes, bool ends) {
  const unsigned flags = static_cast<unsigned char>(frame[at + 7]);
  size_t field = at + 8;
  const auto put = [&](const std::string& value) {
    if (field + value.size() <= frame.size()) frame.replace(field, value.size(), value);
    field += value.size();
  };
  if (flags & 1) put(ToBig(frames, 4));
  if (flags & 2) put(ToBig(bytes, 4));
  field += (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0) + 21;
  if (!ends && field + 3 <= frame.size()) {
    frame[field + 1] = static_cast<char>(frame[field + 1] & 0xF0);
    frame[field + 2] = 0;
  }
  return frame;
}

// A stream of MPEG frames.
class MpegStream {
 public:
  MpegStream(uint64_t at, const MpegFrame& header, string_view frame)
      : header_(header), info_(FindInfo(frame, header)) {
    if (info_.at != 0) first_ = std::string(frame);
    Extend(&part_, at, header.bytes);
    size_ = header.bytes;
  }

  const MpegFrame& header() const { return header_; }
  void Add(uint64_t at, size_t size) {
    Extend(&part_, at, size);
    size_ += size;
    ++frames_;
  }
  bool IsEmpty() const { return frames_ == 0; }  // one frame alone is not decoded
  bool Lacks() const { return info_.frames > frames_; }
  Part Finish() {
    if (info_.frames != 0 && info_.frames != frames_) {  // libmpg123 would complain, or stop there
      Piece first{0, first_.size(), Corrected(first_, info_.at, frames_, size_, !Lacks())};
      part_.front().offset += first.size;
      part_.front().size -= first.size;
      if (part_.front().size == 0) part_.erase(part_.begin());
      part_.insert(part_.begin(), std::move(first));
    }
    return std::move(part_);
  }

 private:
  MpegFrame header_;
  Info info_;
  std::string first_;
  Part part_;
  uint64_t frames_ = 0, size_ = 0;  // without, with the one of Info
};

MpegFrame FrameAt(Bytes* bytes, uint64_t at) {
  const string_view head = bytes->At(at, 4);
  return head.size() < 4 ? MpegFrame{} : ReadMpegHeader(Raw(head));
}

// Whether two frames, or one that ends the file, begin at `at`.
bool StreamAt(Bytes* bytes, uint64_t at) {
  const MpegFrame frame = FrameAt(bytes, at);
  if (frame.bytes == 0) return false;
  const uint64_t next = at + frame.bytes;
  return next == bytes->size() || FrameAt(bytes, next).Continues(frame) || TagSize(bytes, next);
}

uint64_t NextStream(Bytes* bytes, uint64_t at) {
  for (; at < bytes->size(); ++at) {
    at = bytes->Find("\xff"sv, at);
    if (StreamAt(bytes, at)) return at;
  }
  return bytes->size();
}

Layout FindMpeg(Bytes* bytes) {
  Layout layout;
  std::unique_ptr<MpegStream> stream;
  const auto finish = [&] {
    if (!stream) return;
    if (stream->Lacks() && !layout.damaged) layout.cut = true;
    if (stream->IsEmpty()) {
      layout.cut = true;
    } else {
      layout.parts.push_back(stream->Finish());
    }
    stream = nullptr;
  };
  uint64_t at = 0;
  while (at < bytes->size()) {
    if (const uint64_t tag = TagSize(bytes, at)) {
      at += tag;
      finish();
      continue;
    }
    const MpegFrame frame = FrameAt(bytes, at);
    const bool good = stream && frame.bytes != 0 && frame.Continues(stream->header());
    if (!good && !StreamAt(bytes, at)) {
      const uint64_t next = NextStream(bytes, at);
      if (next == bytes->size()) break;
      layout.damaged = layout.damaged || stream || !layout.parts.empty();
      at = next;
      continue;
    }
    const uint64_t next = at + frame.bytes;
    if (next > bytes->size()) {
      layout.cut = true;
      break;
    }
    const string_view whole = bytes->At(at, frame.bytes);
    if (!good || FindInfo(whole, frame).at != 0) {
      finish();
      stream = std::make_unique<MpegStream>(at, frame, bytes->At(at, frame.bytes));
    } else if (next == bytes->size() || FrameAt(bytes, next).bytes != 0 || TagSize(bytes, next) ||
               NextStream(bytes, next) == bytes->size()) {
      stream->Add(at, frame.bytes);
    } else {
      layout.damaged = true;  // and so is this frame, whose end is not where it should be
    }
    at = next;
  }
  finish();
  return layout;
}

// FLAC: "fLaC", then the block of 34 bytes that every stream begins with.
Layout FindFlac(Bytes* bytes, uint64_t at) {
  constexpr string_view kBegin = "fLaC\0\0\0\x22"sv;
  Layout layout;
  uint64_t end = bytes->size();
  if (end >= 128 && bytes->Has(end - 128, "TAG"sv)) end -= 128;
  while (at < end) {
    const uint64_t next = std::min(end, bytes->Find(kBegin, at + 4));
    layout.parts.push_back({{at, next - at}});
    at = next;
  }
  return layout;
}

// Where the samples of a file that begins at `at` should lie, by its header. Sizes that were never
// filled in are all ones or 0.
struct Extent {
  uint64_t begin = 0, size = 0;
  uint64_t size_at = 0;  // of a field of 64 bits that libsndfile must see right; 0: none
};

Extent AiffExtent(Bytes* bytes, uint64_t at) {  // chunks: name, size u32, data, even
  for (at += 12; bytes->At(at, 8).size() == 8;) {
    const uint64_t size = Big(bytes->At(at + 4, 4));
    if (bytes->Has(at, "SSND"sv)) return {at + 8, size};
    at += 8 + size + (size & 1);
  }
  return {};
}

Extent RifxExtent(Bytes* bytes, uint64_t at) {
  for (at += 12; bytes->At(at, 8).size() == 8;) {
    const uint64_t size = Big(bytes->At(at + 4, 4));
    if (bytes->Has(at, "data"sv)) return {at + 8, size};
    at += 8 + size + (size & 1);
  }
  return {};
}

Extent WavExtent(Bytes* bytes, uint64_t at) {
  for (at += 12; bytes->At(at, 8).size() == 8;) {
    const uint64_t size = Little(bytes->At(at + 4, 4));
    if (bytes->Has(at, "data"sv)) return {at + 8, size};
    at += 8 + size + (size & 1);
  }
  return {};
}

Extent CafExtent(Bytes* bytes, uint64_t at) {  // chunks: name, size u64, data; "data" may have -1
  for (at += 8; bytes->At(at, 12).size() == 12;) {
    const uint64_t size = Big(bytes->At(at + 4, 8));
    if (bytes->Has(at, "data"sv)) return {at + 12, size, at + 4};
    if (size > bytes->size()) break;
    at += 12 + size;
  }
  return {};
}

Extent W64Extent(Bytes* bytes,
                 uint64_t at) {  // chunks: GUID, size u64 with these 24 bytes, data, to 8 bytes
  for (at += 40; bytes->At(at, 24).size() == 24;) {
    const uint64_t size = Little(bytes->At(at + 16, 8));
    if (bytes->Has(at, "data"sv)) return {at + 24, size - 24};
    if (size < 24 || size > bytes->size()) break;
    at += (size + 7) & ~uint64_t{7};
  }
  return {};
}

// "sample_count -i 47840\n"; libsndfile writes "sample_n_bytes -s1 1\n".
uint64_t SphereField(string_view header, string_view name) {
  const size_t at = header.find(name);
  if (at == string_view::npos) return 0;
  uint64_t value = 0;
  for (size_t i = header.find(' ', at + name.size() + 1) + 1;
       i < header.size() && header[i] >= '0' && header[i] <= '9'; ++i) {
    value = std::min<uint64_t>(value * 10 + static_cast<uint64_t>(header[i] - '0'), 1u << 31);
  }
  return value;
}

constexpr size_t kSphereHeader = 1024;  // nearly always

Extent SphereExtent(Bytes* bytes, uint64_t at) {
  const string_view header = bytes->At(at, kSphereHeader);
  if (header.find(",embedded-"sv) != string_view::npos) return {};  // shortened, for example
  const uint64_t size = SphereField(header, "\nsample_count "sv) *
                        SphereField(header, "\nchannel_count "sv) *
                        SphereField(header, "\nsample_n_bytes "sv);
  return size == 0 ? Extent{} : Extent{at + kSphereHeader, size};
}

Extent AuExtent(Bytes* bytes, uint64_t at) {  // ".snd", where samples begin u32, their size u32
  const string_view header = bytes->At(at, 12);
  return {at + Big(header.substr(4, 4)), Big(header.substr(8, 4))};
}

// How files begin, with enough of it to be found within others, and where their samples are.
struct Kind {
  string_view begin, at_8;
  Extent (*extent)(Bytes* bytes, uint64_t at);
  bool to_the_end = false;  // libsndfile reads there, whatever the header says
};

constexpr Kind kKinds[] = {
    {"RIFF"sv, "WAVE"sv, WavExtent},
    {"RF64"sv, "WAVE"sv, WavExtent},
    {"BW64"sv, "WAVE"sv, WavExtent},
    {"RIFX"sv, "WAVE"sv, RifxExtent},
    {"FORM"sv, "AIFF"sv, AiffExtent},
    {"FORM"sv, "AIFC"sv, AiffExtent},
    {"caff\0\1\0\0"sv, "desc"sv, CafExtent},
    {"riff\x2e\x91\xcf\x11"sv, "\xa5\xd6\x28\xdb\x04\xc1\0\0"sv, W64Extent, true},
    {"NIST_1A\n"sv, "   1024\n"sv, SphereExtent, true},
    {".snd\0\0"sv, ""sv, AuExtent},
};

bool BeginsWith(string_view bytes, const Kind& kind) {
  return bytes.substr(0, kind.begin.size()) == kind.begin && bytes.size() >= 8 + kind.at_8.size() &&
         bytes.substr(8, kind.at_8.size()) == kind.at_8;
}

// The first place from `at` on where such a file begins, with whatever of its names.
uint64_t NextFile(Bytes* bytes, uint64_t at, const Kind& like) {
  uint64_t first = bytes->size();
  for (const Kind& kind : kKinds) {
    if (kind.extent != like.extent) continue;
    for (uint64_t found = bytes->Find(kind.begin, at); found < first;
         found = bytes->Find(kind.begin, found + 1)) {
      if (BeginsWith(bytes->At(found, 16), kind)) first = found;
    }
  }
  return first;
}

// Files with a header before their samples, one or several in a row.
Layout FindPlain(Bytes* bytes) {
  Layout layout;
  const std::string head(bytes->At(0, 16));
  const Kind* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [&](const Kind& k) { return BeginsWith(head, k); });
  for (uint64_t at = 0, end; at < bytes->size(); at = end) {
    end = bytes->size();
    const Extent extent = kind == std::end(kKinds) ? Extent{} : kind->extent(bytes, at);
    if (extent.begin <= at || extent.begin >= end) {
      layout.parts.push_back({{at, end - at}});
      break;
    }
    const bool unsized = extent.size == UINT32_MAX || extent.size == UINT64_MAX;
    layout.unsized = layout.unsized || unsized;
    layout.cut = layout.cut || (!unsized && extent.size > end - extent.begin);
    if (unsized) {
      end = NextFile(bytes, extent.begin, *kind);
    } else if (extent.size <= end - extent.begin) {
      end = NextFile(bytes, extent.begin + extent.size, *kind);
    }
    const uint64_t there = end - extent.begin;
    if (extent.size_at != 0 && extent.size > there) {
      const uint64_t behind = extent.size_at + 8;
      layout.parts.push_back(
          {{at, extent.size_at - at}, {0, 8, ToBig(there, 8)}, {behind, end - behind}});
    } else {
      const uint64_t last =
          kind->to_the_end && !unsized ? extent.begin + std::min(there, extent.size) : end;
      layout.parts.push_back({{at, last - at}});
    }
  }
  return layout;
}

}  // namespace

size_t FindWav(string_view bytes) {
  for (size_t at = 0; at + 12 <= bytes.size(); ++at) {
    at = bytes.find_first_of("RB"sv, at);
    if (at == string_view::npos) break;
    for (const Kind& kind : kKinds) {
      if (kind.extent == WavExtent && BeginsWith(bytes.substr(at, 16), kind)) return at;
    }
  }
  return string_view::npos;
}

Layout FindParts(const Input& input, Reader reader) {
  Bytes bytes(input);
  Layout layout;
  const uint64_t begin = reader == Reader::kMpeg ? SkipTags(&bytes, 0) : 0;
  if (begin > 0 && bytes.Has(begin, "fLaC"sv)) reader = Reader::kFlac;
  if (begin > 0 && bytes.Has(begin, "OggS"sv)) reader = Reader::kOgg;
  if (reader == Reader::kOgg) layout = FindOgg(&bytes, begin);
  if (reader == Reader::kFlac) layout = FindFlac(&bytes, begin);
  if (reader == Reader::kMpeg) layout = FindMpeg(&bytes);
  if (reader == Reader::kPlain || reader == Reader::kWav) layout = FindPlain(&bytes);
  if (layout.parts.empty() && reader != Reader::kMpeg) layout.parts.push_back({{0, bytes.size()}});
  layout.reader = reader;
  return layout;
}

}  // namespace ds
