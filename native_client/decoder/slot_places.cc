#include "decoder/slot_places.h"

#include <algorithm>
#include <cstring>
#include <tuple>

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
  kept_.assign(1, Kept{{}, kLogZero, 0});
  hashes_.assign(1, 0);
  index_.Clear();
  std::fill(steps_.begin(), steps_.end(), Step{0, kNowhere});
}

SlotPlaces::List SlotPlaces::Intern(std::vector<Place>* places, size_t most) {
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
  if (places->size() == 1 && places->front().behind == 0.0f) {
    return Single(places->front().owner, places->front().node);
  }
  const uint64_t hash = HashOf(*places);
  const uint32_t found = index_.Lookup(hash);
  if (found != HashIndex::kNone) return found;
  const auto number = static_cast<uint32_t>(kept_.size());
  Kept list{*places, kLogZero, 0};
  for (const Place& place : *places) {
    list.best = std::max(list.best, place.behind);
    list.allowed |= AllowedAt(place.node);
  }
  kept_.push_back(std::move(list));
  hashes_.push_back(hash);
  if (kept_.size() > index_.capacity()) {
    index_.Reserve(2 * kept_.size());
    for (uint32_t i = 1; i < number; ++i) index_.Insert(hashes_[i], i);
  }
  index_.Insert(hash, number);
  return number;
}

uint64_t SlotPlaces::AllowedAt(uint32_t node) const {
  const bool ends = automaton_.FinalWeight(node) != kNoWay;
  return automaton_.LabelBits(node, space_, all_) | (ends ? uint64_t{1} << (space_ & 63) : 0);
}

SlotPlaces::List SlotPlaces::Compute(List list, int label) {
  std::vector<Place> next;
  for (const Place& place : (*this)[list]) {
    const Automaton::Arc* arc = automaton_.Find(place.node, label, space_);
    if (arc) next.push_back({place.owner, arc->next, place.behind + Nats(arc->weight)});
  }
  return Intern(&next);
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

bool SlotPlaces::Follows(List list, int label) const {
  for (const Place& place : (*this)[list]) {
    if (automaton_.Find(place.node, label, space_)) return true;
    if (label == space_ && automaton_.FinalWeight(place.node) != kNoWay) return true;
  }
  return false;
}

}  // namespace ds
