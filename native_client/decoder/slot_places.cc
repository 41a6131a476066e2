#include "decoder/slot_places.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "decoder/log_math.h"

namespace ds {
namespace {

constexpr size_t kFirstLists = 1 << 10;

uint64_t HashOf(const std::vector<SlotPlaces::Place>& places) {
  uint64_t hash = kEmptyHash;
  for (const SlotPlaces::Place& place : places) {
    uint32_t behind;
    std::memcpy(&behind, &place.behind, sizeof behind);
    hash = Mix(hash ^ (uint64_t{place.owner} << 32 | place.node));
    hash = Mix(hash ^ behind);
  }
  return hash;
}

}  // namespace

SlotPlaces::SlotPlaces(const Automaton& automaton, int num_labels, int space, float nats)
    : automaton_(automaton),
      space_(space),
      all_(num_labels < 64 ? (uint64_t{1} << num_labels) - 1 : ~uint64_t{0}),
      nats_(nats),
      index_(kFirstLists),
      steps_(kSteps) {
  Clear();
}

void SlotPlaces::Clear() {
  lists_.assign(1, List{{}, kLogZero, 0});
  hashes_.assign(1, 0);
  index_.Clear();
  std::fill(steps_.begin(), steps_.end(), Step{0, kNowhere});
}

uint32_t SlotPlaces::Intern(std::vector<Place>* places, size_t most) {
  if (places->empty()) return kNowhere;
  std::sort(places->begin(), places->end(), [](const Place& a, const Place& b) {
    return std::make_tuple(a.node, a.owner, -a.behind) <
           std::make_tuple(b.node, b.owner, -b.behind);
  });
  const auto same = [](const Place& a, const Place& b) {
    return a.node == b.node && a.owner == b.owner;
  };
  places->erase(std::unique(places->begin(), places->end(), same), places->end());
  if (places->size() > most) {
    std::stable_sort(places->begin(), places->end(),
                     [](const Place& a, const Place& b) { return a.behind > b.behind; });
    places->resize(most);
  }
  const uint64_t hash = HashOf(*places);
  const uint32_t found = index_.Lookup(hash);
  if (found != HashIndex::kNone) return found;
  const auto number = static_cast<uint32_t>(lists_.size());
  List list{*places, kLogZero, 0};
  for (const Place& place : *places) {
    list.best = std::max(list.best, place.behind);
    list.allowed |= automaton_.LabelBits(place.node, space_, all_);
    if (automaton_.FinalWeight(place.node) != kNoWay) {
      list.allowed |= uint64_t{1} << (space_ & 63);
    }
  }
  lists_.push_back(std::move(list));
  hashes_.push_back(hash);
  if (lists_.size() > index_.capacity()) {
    index_.Reserve(2 * lists_.size());
    for (uint32_t i = 1; i < number; ++i) index_.Insert(hashes_[i], i);
  }
  index_.Insert(hash, number);
  return number;
}

uint32_t SlotPlaces::Compute(uint32_t list, int label) {
  std::vector<Place> next;
  for (const Place& place : lists_[list].places) {
    const Automaton::Arc* arc = automaton_.Find(place.node, label, space_);
    if (arc) next.push_back({place.owner, arc->next, place.behind + Nats(arc->weight)});
  }
  return Intern(&next);
}

float SlotPlaces::Nats(int32_t weight) const {
  return static_cast<float>(std::min(weight, 0)) * nats_;
}

float SlotPlaces::Ends(uint32_t node) const {
  const int32_t weight = automaton_.FinalWeight(node);
  return weight == kNoWay ? kLogZero : Nats(weight);
}

float SlotPlaces::GoesOn(uint32_t node, uint32_t* next) const {
  const Automaton::Arc* arc = automaton_.Find(node, space_, space_);
  if (arc == nullptr) return kLogZero;
  *next = arc->next;
  return Nats(arc->weight);
}

bool SlotPlaces::Follows(uint32_t list, int label) const {
  for (const Place& place : lists_[list].places) {
    if (automaton_.Find(place.node, label, space_)) return true;
    if (label == space_ && automaton_.FinalWeight(place.node) != kNoWay) return true;
  }
  return false;
}

}  // namespace ds
