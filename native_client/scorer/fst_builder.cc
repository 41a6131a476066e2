// Builds the minimal automaton of a word list and writes it as OpenFst's ConstFst.
//
// Words come sorted, so everything that hangs below the current word's path is final: such a state
// is replaced by an equal one that exists already, or becomes one (Daciuk et al., "Incremental
// Construction of Minimal Acyclic Finite-State Automata", 2000). Memory is that of the result.
#include <algorithm>
#include <cstring>
#include <limits>

#include "scorer/const_fst.h"

namespace ds {
namespace {

constexpr int32_t kMagic = 0x7eb2fdd6;
constexpr int32_t kVersion = 1;
constexpr int32_t kFlagAligned = 0x4;
constexpr size_t kAlignment = 16;

// What OpenFst states about an automaton, so that its readers need not compute it (bits of
// fst/properties.h): expanded, acceptor, deterministic both ways, no epsilons, sorted both ways,
// unweighted, acyclic, all states reachable and useful.
constexpr uint64_t kProperties = 0x1 | 0x10000 | 0x40000 | 0x100000 | 0x800000 | 0x2000000 |
                                 0x8000000 | 0x10000000 | 0x40000000 | 0x200000000ull |
                                 0x800000000ull | 0x2000000000ull | 0x10000000000ull |
                                 0x40000000000ull | 0x800000000000ull;
constexpr uint64_t kTopSorted = 0x4000000000ull;
constexpr uint64_t kNotString = 0x200000000000ull;
constexpr uint64_t kString = 0x100000000000ull;

struct Edge {
  uint32_t label;
  uint32_t next;
  bool operator==(const Edge& other) const { return label == other.label && next == other.next; }
};

class Minimiser {
 public:
  Minimiser() : table_(1024, kEmpty) {}

  void Add(const LabelSequence& word) {
    size_t shared = 0;
    while (shared < previous_.size() && shared < word.size() && previous_[shared] == word[shared]) {
      ++shared;
    }
    Close(shared);
    if (path_.size() < word.size() + 1) path_.resize(word.size() + 1);
    for (size_t depth = shared + 1; depth <= word.size(); ++depth) {
      path_[depth].edges.clear();
      path_[depth].final = false;
    }
    path_[word.size()].final = true;
    previous_ = word;
  }

  // Returns the start state; states are numbered so that every arc leads to a smaller number.
  uint32_t Finish() {
    Close(0);
    if (path_.empty()) path_.resize(1);
    return Register(path_[0]);
  }

  size_t num_states() const { return first_edge_.size(); }
  size_t num_edges() const { return edges_.size(); }
  bool final(size_t state) const { return final_[state]; }
  const Edge* begin(size_t state) const { return edges_.data() + first_edge_[state]; }
  const Edge* end(size_t state) const {
    return edges_.data() +
           (state + 1 < first_edge_.size() ? first_edge_[state + 1] : edges_.size());
  }

 private:
  static constexpr uint32_t kEmpty = std::numeric_limits<uint32_t>::max();

  struct Open {  // a state on the current word's path
    std::vector<Edge> edges;
    bool final = false;
  };

  // Registers the states of the last word that lie deeper than `depth`.
  void Close(size_t depth) {
    for (size_t d = previous_.size(); d > depth; --d) {
      path_[d - 1].edges.push_back({previous_[d - 1], Register(path_[d])});
    }
    previous_.resize(std::min(previous_.size(), depth));
  }

  static uint64_t Hash(const Edge* begin, const Edge* end, bool final) {
    uint64_t hash = final ? 0x9e3779b97f4a7c15ull : 0x2545f4914f6cdd1dull;
    for (const Edge* edge = begin; edge != end; ++edge) {
      hash =
          (hash ^ (static_cast<uint64_t>(edge->label) << 32 | edge->next)) * 0xff51afd7ed558ccdull;
      hash ^= hash >> 32;
    }
    return hash;
  }

  uint32_t Register(const Open& open) {
    if (2 * (num_states() + 1) > table_.size()) Grow();
    const Edge* first = open.edges.data();
    const Edge* last = first + open.edges.size();
    size_t slot = Hash(first, last, open.final) & (table_.size() - 1);
    for (; table_[slot] != kEmpty; slot = (slot + 1) & (table_.size() - 1)) {
      const uint32_t state = table_[slot];
      if (final_[state] == open.final && end(state) - begin(state) == last - first &&
          std::equal(first, last, begin(state))) {
        return state;
      }
    }
    table_[slot] = static_cast<uint32_t>(num_states());
    first_edge_.push_back(edges_.size());
    final_.push_back(open.final);
    edges_.insert(edges_.end(), first, last);
    return table_[slot];
  }

  void Grow() {
    table_.assign(table_.size() * 2, kEmpty);
    for (uint32_t state = 0; state < num_states(); ++state) {
      size_t slot = Hash(begin(state), end(state), final_[state]) & (table_.size() - 1);
      while (table_[slot] != kEmpty) slot = (slot + 1) & (table_.size() - 1);
      table_[slot] = state;
    }
  }

  std::vector<Open> path_;
  LabelSequence previous_;
  std::vector<size_t> first_edge_;
  std::vector<bool> final_;
  std::vector<Edge> edges_;
  std::vector<uint32_t> table_;  // open addressing: states by their contents
};

class Writer {
 public:
  explicit Writer(uint64_t file_offset) : file_offset_(file_offset) {}
  template <class T>
  void Put(T value) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  void PutString(const char* text) {
    const int32_t length = static_cast<int32_t>(std::strlen(text));
    Put(length);
    bytes_.insert(bytes_.end(), text, text + length);
  }
  void Align() {
    while ((file_offset_ + bytes_.size()) % kAlignment != 0) bytes_.push_back(0);
  }
  void Reserve(size_t size) { bytes_.reserve(size); }
  std::vector<uint8_t> Take() { return std::move(bytes_); }

 private:
  uint64_t file_offset_;
  std::vector<uint8_t> bytes_;
};

}  // namespace

std::vector<uint8_t> BuildConstFst(std::vector<LabelSequence>* words, uint64_t file_offset) {
  std::sort(words->begin(), words->end());
  Minimiser fst;
  for (const LabelSequence& word : *words) fst.Add(word);
  const uint32_t last = fst.Finish();  // the start state is the last one made

  // Turned around, so that the start is state 0 and arcs lead to greater numbers.
  const auto renumber = [last](uint32_t state) { return static_cast<int32_t>(last - state); };
  bool chain = true;  // a single word: what OpenFst calls a string
  for (size_t state = 0; state < fst.num_states(); ++state) {
    const size_t arcs = fst.end(state) - fst.begin(state);
    if (arcs > 1 || (arcs == 1 && fst.final(state))) chain = false;
  }
  Writer out(file_offset);
  out.Reserve(128 + 20 * fst.num_states() + 16 * fst.num_edges());
  out.Put(kMagic);
  out.PutString("const");
  out.PutString("standard");
  out.Put(kVersion);
  out.Put(kFlagAligned);
  out.Put(kProperties | kTopSorted | (chain ? kString : kNotString));
  out.Put<int64_t>(0);
  out.Put<int64_t>(fst.num_states());
  out.Put<int64_t>(fst.num_edges());
  out.Align();
  uint32_t position = 0;
  for (size_t i = fst.num_states(); i-- > 0;) {
    const uint32_t arcs = static_cast<uint32_t>(fst.end(i) - fst.begin(i));
    out.Put<float>(fst.final(i) ? 0.0f : std::numeric_limits<float>::infinity());
    out.Put<uint32_t>(position);
    out.Put<uint32_t>(arcs);
    out.Put<uint32_t>(0);
    out.Put<uint32_t>(0);
    position += arcs;
  }
  out.Align();
  for (size_t i = fst.num_states(); i-- > 0;) {
    for (const Edge* edge = fst.begin(i); edge != fst.end(i); ++edge) {
      out.Put<int32_t>(static_cast<int32_t>(edge->label));
      out.Put<int32_t>(static_cast<int32_t>(edge->label));
      out.Put<float>(0.0f);
      out.Put<int32_t>(renumber(edge->next));
    }
  }
  return out.Take();
}

}  // namespace ds
