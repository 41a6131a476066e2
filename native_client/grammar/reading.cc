#include "grammar/reading.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace ds {
namespace {

constexpr uint32_t kNoCell = UINT32_MAX;

// A node that can be reached with the labels so far, the best way.
struct Cell {
  uint32_t node;
  int64_t weight;
  uint32_t before;  // cell
  uint32_t mark;
  size_t at;  // labels so far
};

// All ways through the network, label by label.
class Ways {
 public:
  explicit Ways(const Automaton& network) : network_(network) {
    Reach({Net::kStart, 0, kNoCell, 0, 0});
    PassSilent();
  }

  // False, and nothing done, if there is no way to say `label`.
  bool Say(int label, int space) {
    std::unordered_map<uint32_t, uint32_t> before;
    before.swap(by_node_);
    ++at_;
    std::vector<uint32_t> from;
    for (const auto& [node, cell] : before) from.push_back(cell);
    std::sort(from.begin(), from.end());  // equal ways: always the same one
    for (const uint32_t cell : from) {
      for (const Automaton::Arc& arc : network_.ArcsOf(cells_[cell].node)) {
        if (arc.label != label && (arc.label != kAny || label == space)) continue;
        Reach({arc.next, cells_[cell].weight + arc.weight, cell, arc.mark, at_});
      }
    }
    if (by_node_.empty()) {
      by_node_.swap(before);
      --at_;
      return false;
    }
    PassSilent();
    return true;
  }

  // The cell that is at `node`, or that is best.
  uint32_t At(uint32_t node) const {
    const auto found = by_node_.find(node);
    return found == by_node_.end() ? kNoCell : found->second;
  }
  uint32_t Best() const {
    uint32_t best = kNoCell;
    for (const auto& [node, cell] : by_node_) {
      if (best == kNoCell || cells_[cell].weight > cells_[best].weight ||
          (cells_[cell].weight == cells_[best].weight && cell < best)) {
        best = cell;
      }
    }
    return best;
  }

  // The marks on the way to `cell`, with the number of labels before each.
  std::vector<std::pair<uint32_t, size_t>> MarksTo(uint32_t cell) const {
    std::vector<std::pair<uint32_t, size_t>> marks;
    for (; cell != kNoCell; cell = cells_[cell].before) {
      if (cells_[cell].mark != 0) marks.emplace_back(cells_[cell].mark - 1, cells_[cell].at);
    }
    std::reverse(marks.begin(), marks.end());
    return marks;
  }

 private:
  void Reach(const Cell& cell) {
    if (cell.node >= network_.num_nodes) return;
    const auto [found, added] =
        by_node_.try_emplace(cell.node, static_cast<uint32_t>(cells_.size()));
    if (added) {
      cells_.push_back(cell);
    } else if (cell.weight > cells_[found->second].weight) {
      cells_[found->second] = cell;
    } else {
      return;
    }
    open_.push_back(found->second);
  }

  void PassSilent() {
    while (!open_.empty()) {
      const uint32_t cell = open_.back();
      open_.pop_back();
      for (const Automaton::Arc& arc : network_.ArcsOf(cells_[cell].node)) {
        if (arc.label != kNothing) continue;
        // A weight above zero, in a damaged file, might go around without end.
        const int64_t weight = cells_[cell].weight + std::min(arc.weight, 0);
        Reach({arc.next, weight, cell, arc.mark, at_});
      }
    }
  }

  const Automaton& network_;
  std::vector<Cell> cells_;
  std::unordered_map<uint32_t, uint32_t> by_node_;  // cells
  std::vector<uint32_t> open_;
  size_t at_ = 0;
};

// Numbers as they are said: "two hundred", "thousand"; "five oh five", which is three of them.
class Numbers {
 public:
  void Add(int64_t number) {
    if (said_ && !MayFollow(number)) Begin();
    said_ = true;
    last_ = Bounded(last_ + number);
  }
  void Multiply(int64_t number) {
    said_ = true;
    last_ = Bounded(std::max<int64_t>(1, last_) * std::min<int64_t>(number, 1000000));
    if (number < 1000) return;
    all_ = Bounded(all_ + last_);
    last_ = 0;
  }
  // One after the other, in digits; "" if there is none.
  std::string Digits() const { return said_ ? before_ + std::to_string(all_ + last_) : ""; }

 private:
  static int64_t Bounded(int64_t number) { return std::min<int64_t>(number, 1000000000000); }
  static bool Overlap(int64_t a, int64_t b) {
    for (; a > 0 && b > 0; a /= 10, b /= 10) {
      if (a % 10 > 0 && b % 10 > 0) return true;
    }
    return false;
  }
  // Whether one has zeros where the other has digits, as in "twenty one" and "einundzwanzig", or
  // they are counted by twenties, as in "soixante-dix".
  bool MayFollow(int64_t number) const {
    if (number == 0 || all_ + last_ == 0) return false;
    const int64_t tens = last_ % 100;
    return !Overlap(last_, number) || ((tens == 60 || tens == 80) && 10 <= number && number < 20);
  }
  void Begin() {
    constexpr size_t kMost = 1000;  // digits, of a slot that goes on and on
    if (before_.size() < kMost) before_ = Digits();
    all_ = last_ = 0;
  }

  bool said_ = false;
  std::string before_;
  int64_t all_ = 0, last_ = 0;  // of the last one: its thousands, and what may be multiplied yet
};

}  // namespace

Reading BestReading(const Automaton& network, const std::vector<Mark>& marks, int space,
                    const std::vector<int>& labels) {
  Reading reading;
  if (network.num_nodes <= Net::kEnd) return reading;
  Ways ways(network);
  for (const int label : labels) {
    if (!ways.Say(label, space)) return reading;
  }
  uint32_t end = ways.Best();
  const bool ended = space < 0 || labels.empty() || ways.Say(space, space);
  const uint32_t at_end = ended ? ways.At(Net::kEnd) : kNoCell;
  if (at_end != kNoCell) end = at_end;

  const auto stretch = [&](size_t first, size_t last) {
    last = std::min(last, labels.size());
    while (last > first && labels[last - 1] == space) --last;
    return LabelRange{std::min(first, labels.size()), last - std::min(first, last)};
  };
  struct Open {
    size_t slot, first;
    Numbers numbers;
  };
  std::vector<Open> open;
  size_t unknown = labels.size();
  bool within = false;
  for (const auto& [number, at] : ways.MarksTo(end)) {
    if (number >= marks.size()) continue;
    const Mark& mark = marks[number];
    switch (mark.kind) {
      case Mark::Kind::kIntent:
        reading.intent = mark.name;
        break;
      case Mark::Kind::kSlotBegin:
        open.push_back({reading.slots.size(), at, {}});
        reading.slots.emplace_back();
        break;
      case Mark::Kind::kSlotEnd: {
        if (open.empty()) break;
        const Open slot = open.back();
        open.pop_back();
        std::string value = mark.value;
        if (value.empty()) value = slot.numbers.Digits();
        reading.slots[slot.slot] = {mark.name, value, stretch(slot.first, at)};
        break;
      }
      case Mark::Kind::kUnknownBegin:
        unknown = at;
        within = true;
        break;
      case Mark::Kind::kUnknownEnd:
        if (within) reading.unknown.push_back(stretch(unknown, at));
        within = false;
        break;
      case Mark::Kind::kAdd:
        for (Open& slot : open) slot.numbers.Add(mark.number);
        break;
      case Mark::Kind::kMultiply:
        for (Open& slot : open) slot.numbers.Multiply(mark.number);
        break;
      case Mark::Kind::kRule:
        break;
    }
  }
  if (within && unknown < labels.size()) {
    reading.unknown.push_back(stretch(unknown, labels.size()));
  }
  if (at_end == kNoCell) {
    reading.intent.clear();
    reading.slots.clear();
  }
  return reading;
}

}  // namespace ds
