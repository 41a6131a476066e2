// Lists of readings of one prefix: where it may be, and how far each of them lies behind.
//
// A reading is at a node of a slots' grammar, or at none where the word under way is an ordinary
// one; it belongs to an owner, which is a number that the user gives (a context, a slot). Equal
// lists have equal numbers. A single reading that does not lie behind, as nearly all are, is its
// number itself; other lists are remembered, and how they go on with a label.
#ifndef DS_DECODER_SLOT_PLACES_H_
#define DS_DECODER_SLOT_PLACES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "decoder/hash.h"
#include "decoder/log_math.h"
#include "grammar/automaton.h"

namespace ds {

class SlotPlaces {
 public:
  using List = uint64_t;
  static constexpr List kNowhere = 0;              // the empty list
  static constexpr uint32_t kNoNode = UINT32_MAX;  // of an ordinary word

  struct Place {
    uint32_t owner, node;
    float behind;  // in nats
  };

  // The places of a list, valid until the next one is made.
  class View {
   public:
    explicit View(const Place& one) : one_(one), first_(nullptr), count_(1) {}
    explicit View(const std::vector<Place>& places)
        : one_{0, 0, 0}, first_(places.data()), count_(places.size()) {}
    const Place* begin() const { return first_ ? first_ : &one_; }
    const Place* end() const { return begin() + count_; }
    bool empty() const { return count_ == 0; }
    std::vector<Place> Copy() const { return {begin(), end()}; }

   private:
    Place one_;
    const Place* first_;  // null: one_
    size_t count_;
  };

  // `nats`: of one part of a weight of the automaton.
  SlotPlaces(const Automaton& automaton, int num_labels, int space, float nats);

  // The list of one place that does not lie behind; an owner is below 2^31.
  static List Single(uint32_t owner, uint32_t node) {
    return kSingle | uint64_t{owner} << 32 | node;
  }
  static bool IsSingle(List list) { return (list & kSingle) != 0; }
  static uint32_t OwnerOf(List single) { return static_cast<uint32_t>(single >> 32) & 0x7fffffffu; }

  // A list of places, of which only the best of equal owner and node stays, and of all no more than
  // `most`.
  List Intern(std::vector<Place>* places, size_t most = SIZE_MAX);
  View operator[](List list) const {
    return IsSingle(list) ? View(Place{OwnerOf(list), NodeOf(list), 0.0f})
                          : View(kept_[list].places);
  }
  // kLogZero: the list is empty.
  float best(List list) const { return IsSingle(list) ? 0.0f : kept_[list].best; }
  // Labels with which any of them goes on, or with the space also ends; as Model::Allowed has it.
  uint64_t allowed(List list) const {
    return IsSingle(list) ? AllowedAt(NodeOf(list)) : kept_[list].allowed;
  }

  // The list after a label that is not the space.
  List Next(List list, int label) {
    if (IsSingle(list)) {
      const Automaton::Arc* arc = automaton_.Find(NodeOf(list), label, space_);
      if (arc == nullptr) return kNowhere;
      if (arc->weight == 0) return Single(OwnerOf(list), arc->next);
    } else if (list == kNowhere) {
      return kNowhere;
    }
    const uint64_t key = Mix(Mix(list) + static_cast<uint32_t>(label));
    Step& step = steps_[key & (kSteps - 1)];
    if (step.key != key) step = {key, Compute(list, label)};
    return step.next;
  }
  float Nats(int32_t weight) const { return static_cast<float>(std::min(weight, 0)) * nats_; }
  // What ends a text at a node, or goes on from it with the space; kLogZero: that cannot be.
  float Ends(uint32_t node) const;
  float GoesOn(uint32_t node, uint32_t* next) const;
  // False only if no place of the list has an arc for the label, or for the space an end either.
  bool Follows(List list, int label) const;

  size_t size() const { return kept_.size(); }  // lists that are remembered
  void Clear();                                 // forgets them

 private:
  static constexpr List kSingle = uint64_t{1} << 63;
  static constexpr size_t kSteps = 1 << 13;

  struct Kept {
    std::vector<Place> places;
    float best;
    uint64_t allowed;
  };
  struct Step {
    uint64_t key;
    List next;
  };

  static uint32_t NodeOf(List single) { return static_cast<uint32_t>(single); }
  uint64_t AllowedAt(uint32_t node) const;
  List Compute(List list, int label);

  Automaton automaton_;
  int space_;
  uint64_t all_;
  float nats_;
  std::vector<Kept> kept_;
  std::vector<uint64_t> hashes_;
  HashIndex index_;
  std::vector<Step> steps_;  // direct-mapped
};

}  // namespace ds
#endif  // DS_DECODER_SLOT_PLACES_H_
