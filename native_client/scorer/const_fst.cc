#include "scorer/const_fst.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"

namespace ds {
namespace {

constexpr int32_t kMagic = 0x7eb2fdd6;
constexpr int32_t kFlagSymbols = 0x3;  // input or output symbol tables follow: we have none
constexpr int32_t kFlagAligned = 0x4;
constexpr size_t kAlignment = 16;
constexpr size_t kStateBytes = 20;

// Takes little-endian values out of the header, never past its end.
class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}
  template <class T>
  bool Take(T* value) {
    if (data_.size() - position_ < sizeof(T)) return false;
    std::memcpy(value, data_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return true;
  }
  bool TakeString(std::string* text) {
    int32_t length = 0;
    if (!Take(&length) || length < 0 || data_.size() - position_ < static_cast<size_t>(length)) {
      return false;
    }
    *text = data_.substr(position_, static_cast<size_t>(length));
    position_ += length;
    return true;
  }
  // Skips to a multiple of 16 bytes of the file whose byte `file_offset` is data_[0].
  void Align(uint64_t file_offset) {
    position_ += (kAlignment - (file_offset + position_) % kAlignment) % kAlignment;
  }
  size_t position() const { return position_; }

 private:
  const std::string_view data_;
  size_t position_ = 0;
};

}  // namespace

ConstFst::ConstFst(std::string_view data, uint64_t file_offset) {
  const auto require = [](bool good, const std::string& problem) {
    if (!good) throw Error("the vocabulary automaton " + problem);
  };
  Reader reader(data);
  int32_t magic = 0, version = 0, flags = 0;
  uint64_t properties = 0;
  int64_t start = -1, states = -1, arcs = -1;
  std::string type, arc_type;
  require(reader.Take(&magic) && reader.TakeString(&type) && reader.TakeString(&arc_type) &&
              reader.Take(&version) && reader.Take(&flags) && reader.Take(&properties) &&
              reader.Take(&start) && reader.Take(&states) && reader.Take(&arcs),
          "ends inside its header");
  require(magic == kMagic && type == "const" && arc_type == "standard",
          "is not an OpenFst ConstFst of standard arcs");
  require((flags & kFlagSymbols) == 0, "has symbol tables, which scorers do not have");
  require(states >= 0 && arcs >= 0 && states <= INT32_MAX && arcs <= UINT32_MAX && start < states &&
              start >= kNoState,
          "is damaged: " + std::to_string(states) + " states, " + std::to_string(arcs) +
              " arcs, start " + std::to_string(start));
  const bool aligned = (flags & kFlagAligned) != 0;
  if (aligned) reader.Align(file_offset);
  const size_t first_state = reader.position();
  size_t first_arc = first_state + kStateBytes * static_cast<size_t>(states);
  if (aligned) first_arc += (kAlignment - (file_offset + first_arc) % kAlignment) % kAlignment;
  const size_t end = first_arc + sizeof(FstArc) * static_cast<size_t>(arcs);
  require(end <= data.size(), "is cut off: " + std::to_string(data.size()) +
                                  " bytes, its header declares " + std::to_string(end));
  const auto* state_bytes = reinterpret_cast<const uint8_t*>(data.data()) + first_state;
  const auto* arc_bytes = reinterpret_cast<const uint8_t*>(data.data()) + first_arc;
  const auto misaligned = [](const uint8_t* p) {
    return reinterpret_cast<uintptr_t>(p) % alignof(uint32_t) != 0;
  };
  if (misaligned(state_bytes) || misaligned(arc_bytes)) {
    const size_t state_words = kStateBytes / 4 * static_cast<size_t>(states);
    copy_.resize(state_words + sizeof(FstArc) / 4 * static_cast<size_t>(arcs));
    if (states > 0) std::memcpy(copy_.data(), state_bytes, state_words * 4);
    if (arcs > 0) std::memcpy(copy_.data() + state_words, arc_bytes, end - first_arc);
    state_bytes = reinterpret_cast<const uint8_t*>(copy_.data());
    arc_bytes = reinterpret_cast<const uint8_t*>(copy_.data() + state_words);
  }
  static_assert(sizeof(State) == kStateBytes && sizeof(FstArc) == 16, "file layout");
  states_ = reinterpret_cast<const State*>(state_bytes);
  arcs_ = reinterpret_cast<const FstArc*>(arc_bytes);
  start_ = static_cast<int32_t>(start);
  num_states_ = static_cast<int32_t>(states);
  num_arcs_ = arcs;
  file_bytes_ = end;
}

int32_t ConstFst::Next(int32_t state, int32_t label) const {
  const Arcs arcs = ArcsOf(state);
  const FstArc* arc = std::lower_bound(arcs.begin(), arcs.end(), label,
                                       [](const FstArc& a, int32_t l) { return a.label < l; });
  if (arc == arcs.end() || arc->label != label || !Valid(arc->next)) return kNoState;
  return arc->next;
}

}  // namespace ds
