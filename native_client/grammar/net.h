// A grammar as a network of labels while it is made: nodes, and arcs between them.
//
// A word is its labels and then the space, where the alphabet has one, so that words follow each
// other without further ado; the space after the last word is nobody's (determine.h).
#ifndef DS_GRAMMAR_NET_H_
#define DS_GRAMMAR_NET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace ds {

// Costs in whole parts of a nat: sums are exact, and differences few, which keeps automata small.
// None is above zero: the most likely alternative costs nothing.
constexpr int32_t kPartsOfNat = 8;
constexpr int32_t kNoWay = INT32_MIN;  // the weight of what cannot be

// Labels of arcs that are none of the alphabet's.
constexpr int32_t kNothing = -1;         // nothing is said
constexpr int32_t kAny = INT32_MAX;      // any label but the space, of a word that is not known
constexpr int32_t kFirstSlot = 1 << 30;  // and on: here slot number 0, 1, ... of free speech begins

// Speech that is not known, in grammars and in what is written.
constexpr char kUnknownSpeech[] = "[unk]";

// What passing an arc means.
struct Mark {
  enum class Kind : uint8_t {
    kIntent,     // `name`
    kSlotBegin,  // ends with the kSlotEnd that belongs to it
    kSlotEnd,    // of slot `name`, which has `value`, or else what was said
    kUnknownBegin,
    kUnknownEnd,
    kAdd,       // `number`, to the slot's
    kMultiply,  // the slot's last one by `number`
    kRule       // a slot of free speech begins: that of the rule `name`
  };
  Kind kind;
  std::string name, value;
  int64_t number = 0;
};

class Net {
 public:
  struct Arc {
    int32_t label;
    int32_t weight;
    uint32_t next;
    uint32_t mark;   // number of a mark + 1; 0: none
    uint32_t after;  // the next arc of the same node; kLast: none
    bool within;     // a word: others may share it
  };
  static constexpr uint32_t kLast = UINT32_MAX;
  static constexpr uint32_t kStart = 0, kEnd = 1;
  static constexpr size_t kMostNodes = 4000000;

  explicit Net(int space) : space_(space), first_(2, kLast) {}

  int space() const { return space_; }
  size_t size() const { return first_.size(); }
  uint32_t AddNode() {
    if (first_.size() == kMostNodes) {
      throw Error("grows to more than " + std::to_string(kMostNodes) + " states");
    }
    first_.push_back(kLast);
    return static_cast<uint32_t>(first_.size() - 1);
  }
  void AddArc(uint32_t from, int32_t label, uint32_t to, int32_t weight = 0, uint32_t mark = 0) {
    arcs_.push_back({label, weight, to, mark, first_[from], false});
    first_[from] = static_cast<uint32_t>(arcs_.size() - 1);
  }
  // A way from `from` to `to` that spells a word and its space; words share their beginnings.
  void AddWord(uint32_t from, const std::vector<int>& labels, uint32_t to, int32_t weight = 0);
  // The same for a word of any labels, or `several`, with its marks.
  void AddUnknown(uint32_t from, uint32_t to, bool several = true, int32_t weight = 0);

  // Where `label` leads within words from `from` on; a new node if there is none.
  uint32_t Child(uint32_t from, int32_t label);

  uint32_t AddMark(Mark mark) {  // for AddArc
    marks_.push_back(std::move(mark));
    return static_cast<uint32_t>(marks_.size());
  }

  template <class Visit>
  void ForEachArc(uint32_t node, Visit visit) const {
    for (uint32_t i = first_[node]; i != kLast; i = arcs_[i].after) visit(arcs_[i]);
  }
  size_t num_arcs() const { return arcs_.size(); }
  const std::vector<Mark>& marks() const { return marks_; }

 private:
  const int space_;
  std::vector<uint32_t> first_;  // arc of each node
  std::vector<Arc> arcs_;
  std::vector<Mark> marks_;
  uint32_t unknown_begin_ = 0, unknown_end_ = 0;  // marks
};

}  // namespace ds
#endif  // DS_GRAMMAR_NET_H_
