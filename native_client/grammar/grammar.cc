#include "grammar/grammar.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/file.h"
#include "base/whole_file.h"
#include "grammar/build.h"
#include "grammar/determine.h"
#include "grammar/jsgf.h"
#include "grammar/phrase_list.h"
#include "grammar/text.h"
#include "grammar/tree.h"

namespace ds {
namespace {

// Layout of a packed grammar, little endian: this, then for both networks their nodes and arcs,
// then the marks (kind, number, length and bytes of name and of value).
struct Header {
  char magic[8];
  uint64_t alphabet;  // its hash
  int32_t space;
  uint32_t search_nodes, search_arcs, reading_nodes, reading_arcs;
  uint32_t num_marks;
  uint64_t file_bytes;
};
constexpr char kMagic[] = "DSGRAM1\n";
static_assert(sizeof(Header) == 48 && sizeof(Automaton::Node) == 8 && sizeof(Automaton::Arc) == 16,
              "what is written is what lies in memory");

uint64_t HashOf(const Alphabet& alphabet) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const char c : alphabet.Serialize()) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return hash;
}

template <class T>
void Append(const T& value, std::string* bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes->append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class T>
void AppendAll(const std::vector<T>& values, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

bool IsPacked(std::string_view bytes) { return bytes.substr(0, 8) == std::string_view(kMagic, 8); }

// Takes a file's bytes apart, as far as they reach.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : bytes_(bytes) {}

  const char* Take(uint64_t size) {
    if (size > bytes_.size()) throw Error("is cut off");
    const char* taken = bytes_.data();
    bytes_.remove_prefix(static_cast<size_t>(size));
    return taken;
  }
  template <class T>
  T Value() {
    T value;
    std::memcpy(&value, Take(sizeof value), sizeof value);
    return value;
  }
  std::string Text() {
    const auto size = Value<uint32_t>();
    return std::string(Take(size), size);
  }
  Automaton Network(uint32_t num_nodes, uint32_t num_arcs) {
    Automaton network;
    network.num_nodes = num_nodes;
    network.num_arcs = num_arcs;
    if (num_nodes == 0) return network;
    network.nodes = reinterpret_cast<const Automaton::Node*>(
        Take((uint64_t{num_nodes} + 1) * sizeof(Automaton::Node)));
    network.arcs =
        reinterpret_cast<const Automaton::Arc*>(Take(uint64_t{num_arcs} * sizeof(Automaton::Arc)));
    return network;
  }

 private:
  std::string_view bytes_;
};

// The whole network in one piece.
Determined Flat(const Net& net) {
  Determined flat;
  for (uint32_t node = 0; node < net.size(); ++node) {
    flat.nodes.push_back({static_cast<uint32_t>(flat.arcs.size()), kNoWay});
    net.ForEachArc(node, [&](const Net::Arc& arc) {
      flat.arcs.push_back({arc.label, arc.weight, arc.next, arc.mark});
    });
  }
  flat.nodes.push_back({static_cast<uint32_t>(flat.arcs.size()), kNoWay});
  return flat;
}

std::string Pack(const Determined& search, const Net& net, const Alphabet& alphabet) {
  const Determined readings = net.marks().empty() ? Determined{} : Flat(net);
  const auto count = [](const auto& nodes) {
    return static_cast<uint32_t>(nodes.empty() ? 0 : nodes.size() - 1);
  };
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof header.magic);
  header.alphabet = HashOf(alphabet);
  header.space = net.space();
  header.search_nodes = count(search.nodes);
  header.search_arcs = static_cast<uint32_t>(search.arcs.size());
  header.reading_nodes = count(readings.nodes);
  header.reading_arcs = static_cast<uint32_t>(readings.arcs.size());
  header.num_marks = static_cast<uint32_t>(net.marks().size());
  std::string bytes;
  Append(header, &bytes);
  AppendAll(search.nodes, &bytes);
  AppendAll(search.arcs, &bytes);
  AppendAll(readings.nodes, &bytes);
  AppendAll(readings.arcs, &bytes);
  for (const Mark& mark : net.marks()) {
    Append(static_cast<uint8_t>(mark.kind), &bytes);
    Append(mark.number, &bytes);
    for (const std::string& text : {mark.name, mark.value}) {
      Append(static_cast<uint32_t>(text.size()), &bytes);
      bytes += text;
    }
  }
  header.file_bytes = bytes.size();
  std::memcpy(&bytes[0], &header, sizeof header);
  return bytes;
}

bool IsText(const std::string& text_or_path) {
  return text_or_path.find_first_of("\r\n") != std::string::npos || IsJsgf(text_or_path) ||
         IsJsonList(text_or_path);
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(1, slash));
}

}  // namespace

Grammar::Grammar(const std::string& text_or_path, const Alphabet& alphabet) {
  if (IsPacked(text_or_path)) {
    memory_ = text_or_path;
    View(memory_, "grammar", alphabet);
    return;
  }
  if (IsText(text_or_path)) {
    Compile(CheckedGrammarText(text_or_path, "grammar"), "grammar", "", alphabet);
    return;
  }
  const std::string& path = text_or_path;
  if (path.empty()) throw GrammarError("grammar", "is empty: expected a file, or a text");
  try {
    file_ = MappedFile(Fd::OpenRead(path));
  } catch (const Error&) {
    // A pipe, or nothing at all, which ReadGrammarText tells.
  }
  if (IsPacked(file_.bytes())) {
    View(file_.bytes(), path, alphabet);
  } else {
    file_ = {};
    Compile(ReadGrammarText(path), path, FolderOf(path), alphabet);
  }
}

void Grammar::Compile(const std::string& text, const std::string& name, const std::string& folder,
                      const Alphabet& alphabet) {
  const Net net = IsJsgf(text)       ? BuildRules(ParseJsgf(text, name, folder), alphabet, name)
                  : IsJsonList(text) ? BuildWords(ParseJsonList(text, name), alphabet, name)
                                     : BuildPhrases(ParseLines(text, name), alphabet, name);
  Determined search;
  try {
    search = Determine(net);
  } catch (const Error& e) {
    throw GrammarError(name, e.what());
  }
  if (search.arcs.empty()) {
    throw GrammarError(name, "nothing can be said: no alternative leads to words");
  }
  memory_ = Pack(search, net, alphabet);
  View(memory_, name, alphabet);
}

void Grammar::View(std::string_view bytes, const std::string& name, const Alphabet& alphabet) {
  bytes_ = bytes;
  try {
    Parts parts(bytes);
    const auto header = parts.Value<Header>();
    if (header.file_bytes != bytes.size()) {
      throw Error("has " + std::to_string(bytes.size()) + " bytes, expected " +
                  std::to_string(header.file_bytes) + ": it is cut off or damaged");
    }
    if (header.alphabet != HashOf(alphabet)) {
      throw Error("was packed for a model with another alphabet: pack it anew");
    }
    space_ = alphabet.space();
    search_ = parts.Network(header.search_nodes, header.search_arcs);
    readings_ = parts.Network(header.reading_nodes, header.reading_arcs);
    for (uint32_t i = 0; i < header.num_marks; ++i) {
      const auto kind = parts.Value<uint8_t>();
      if (kind > static_cast<uint8_t>(Mark::Kind::kRule)) throw Error("is damaged");
      Mark mark{static_cast<Mark::Kind>(kind), "", "", parts.Value<int64_t>()};
      mark.name = parts.Text();
      mark.value = parts.Text();
      marks_.push_back(std::move(mark));
    }
    FindSlots();
  } catch (const GrammarError&) {
    throw;
  } catch (const Error& e) {
    throw GrammarError(name, e.what());
  }
}

// Slots are numbered in the order of their marks; one that cannot say anything has no arc.
void Grammar::FindSlots() {
  for (const Mark& mark : marks_) {
    if (mark.kind != Mark::Kind::kRule) continue;
    const Automaton::Arc* arc =
        search_.Find(Net::kStart, kFirstSlot + static_cast<int32_t>(slots_.size()), -1);
    slots_.push_back({mark.name, arc ? arc->next : UINT32_MAX, arc ? std::min(arc->weight, 0) : 0});
  }
}

Reading Grammar::ReadSlot(size_t slot, const std::vector<int>& said) const {
  std::vector<int> labels = {kFirstSlot + static_cast<int32_t>(slot)};
  labels.insert(labels.end(), said.begin(), said.end());
  Reading reading = Read(labels);
  const auto shift = [](LabelRange* range) { range->first -= std::min<size_t>(range->first, 1); };
  for (LabelRange& range : reading.unknown) shift(&range);
  for (Slot& inner : reading.slots) shift(&inner.labels);
  // A tag of the same name says what the slot means.
  for (size_t i = 1; i < reading.slots.size(); ++i) {
    if (reading.slots[i].name != reading.slots[0].name) continue;
    reading.slots[0].value = reading.slots[i].value;
    reading.slots.erase(reading.slots.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  return reading;
}

void Grammar::Save(const std::string& path) const {
  WholeFile file(path);
  file.Write(bytes_);
  file.Commit();
}

}  // namespace ds
