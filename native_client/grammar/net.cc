#include "grammar/net.h"

namespace ds {
namespace {

// What each label of a word outside the grammar costs, so that a word inside is preferred.
constexpr int32_t kUnknownLabel = -3 * kPartsOfNat / 2;

// Arcs of a node that are searched for a beginning to share: a large alphabet has many.
constexpr size_t kMostLookedAt = 64;

}  // namespace

uint32_t Net::Child(uint32_t from, int32_t label) {
  size_t looked_at = 0;
  for (uint32_t i = first_[from]; i != kLast && looked_at < kMostLookedAt; i = arcs_[i].after) {
    if (arcs_[i].label == label && arcs_[i].within) return arcs_[i].next;
    ++looked_at;
  }
  const uint32_t child = AddNode();
  AddArc(from, label, child);
  arcs_.back().within = true;
  return child;
}

void Net::AddWord(uint32_t from, const std::vector<int>& labels, uint32_t to, int32_t weight) {
  uint32_t node = from;
  for (const int label : labels) node = Child(node, label);
  AddArc(node, space_ < 0 ? kNothing : space_, to, weight);
}

void Net::AddUnknown(uint32_t from, uint32_t to, bool several, int32_t weight) {
  if (unknown_begin_ == 0) {
    unknown_begin_ = AddMark({Mark::Kind::kUnknownBegin, "", "", 0});
    unknown_end_ = AddMark({Mark::Kind::kUnknownEnd, "", "", 0});
  }
  const uint32_t begin = AddNode(), inside = AddNode();
  AddArc(from, kNothing, begin, weight, unknown_begin_);
  AddArc(begin, kAny, inside, kUnknownLabel);
  AddArc(inside, kAny, inside, kUnknownLabel);
  uint32_t end = inside;
  if (space_ >= 0) {
    end = AddNode();
    AddArc(inside, space_, end);
    if (several) AddArc(end, kNothing, begin);
  }
  AddArc(end, kNothing, to, 0, unknown_end_);
}

}  // namespace ds
