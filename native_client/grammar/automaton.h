// A network of labels as it lies in memory or in a file, used in place.
//
// Nodes of 8 bytes, one more than there are, and arcs of 16 bytes. Every index that comes out of it
// is checked where it is used, so a damaged file cannot lead outside.
#ifndef DS_GRAMMAR_AUTOMATON_H_
#define DS_GRAMMAR_AUTOMATON_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "grammar/net.h"

namespace ds {

struct Automaton {
  struct Node {
    uint32_t first_arc;    // up to that of the next node
    int32_t final_weight;  // kNoWay: the text cannot end here
  };
  struct Arc {
    int32_t label;
    int32_t weight;
    uint32_t next;
    uint32_t mark;  // number of a mark + 1; 0: none
  };
  struct Arcs {
    const Arc* first;
    const Arc* last;
    const Arc* begin() const { return first; }
    const Arc* end() const { return last; }
    bool empty() const { return first == last; }
  };

  const Node* nodes = nullptr;
  uint32_t num_nodes = 0;  // without the one more
  const Arc* arcs = nullptr;
  uint32_t num_arcs = 0;

  Arcs ArcsOf(uint32_t node) const {
    if (node >= num_nodes) return {arcs, arcs};
    const uint32_t end = std::min(nodes[node + 1].first_arc, num_arcs);
    return {arcs + std::min(nodes[node].first_arc, end), arcs + end};
  }
  int32_t FinalWeight(uint32_t node) const {
    return node < num_nodes ? nodes[node].final_weight : kNoWay;
  }
  // Bit label % 64 of every label that an arc of the node takes, of `all` there are.
  uint64_t LabelBits(uint32_t node, int32_t space, uint64_t all) const {
    uint64_t bits = 0;
    const Arcs of = ArcsOf(node);
    // One for each label and one for the others, but in a damaged file.
    const auto count = std::min<size_t>(static_cast<size_t>(of.last - of.first), kMostArcs);
    for (size_t i = 0; i < count; ++i) {
      if (of.first[i].label == kAny) {
        return bits | (space < 0 ? all : all & ~(uint64_t{1} << (space & 63)));
      }
      bits |= uint64_t{1} << (static_cast<uint32_t>(of.first[i].label) & 63);
    }
    return bits & all;
  }
  // The arc that takes `label`, of a node whose arcs ascend by label, one for each; or null.
  const Arc* Find(uint32_t node, int32_t label, int32_t space) const {
    const Arcs of = ArcsOf(node);
    const Arc* found = std::lower_bound(of.first, of.last, label,
                                        [](const Arc& arc, int32_t l) { return arc.label < l; });
    if (found != of.last && found->label == label) return found;
    if (of.empty() || label == space || (of.last - 1)->label != kAny) return nullptr;
    return of.last - 1;
  }

 private:
  static constexpr size_t kMostArcs = 65536;
};

}  // namespace ds
#endif  // DS_GRAMMAR_AUTOMATON_H_
