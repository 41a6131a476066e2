// Lists of readings of one prefix: where it may be, and how far each of them lies behind.
//
// A reading is at a node of a slots' grammar, or at none where the word under way is an ordinary
// one; it belongs to an owner, which is a number that the user gives (a context, a slot). Equal
// lists have equal numbers; number 0 is the empty list. How a list goes on with a label is
// remembered.
#ifndef DS_DECODER_SLOT_PLACES_H_
#define DS_DECODER_SLOT_PLACES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decoder/hash.h"
#include "grammar/automaton.h"

namespace ds {

class SlotPlaces {
 public:
  static constexpr uint32_t kNowhere = 0;
  static constexpr uint32_t kNoNode = UINT32_MAX;  // of an ordinary word

  struct Place {
    uint32_t owner, node;
    float behind;  // in nats
  };

  // `nats`: of one part of a weight of the automaton.
  SlotPlaces(const Automaton& automaton, int num_labels, int space, float nats);

  // The number of a list, of which only the best of equal owner and node stays, and of all no more
  // than `most`.
  uint32_t Intern(std::vector<Place>* places, size_t most = SIZE_MAX);
  const std::vector<Place>& operator[](uint32_t list) const { return lists_[list].places; }
  float best(uint32_t list) const { return lists_[list].best; }  // kLogZero: the list is empty
  // Labels with which any of them goes on, or with the space also ends; as Model::Allowed has it.
  uint64_t allowed(uint32_t list) const { return lists_[list].allowed; }

  // The list after a label that is not the space.
  uint32_t Next(uint32_t list, int label) {
    if (list == kNowhere) return kNowhere;
    const uint64_t key = Mix(uint64_t{list} << 32 | static_cast<uint32_t>(label));
    Step& step = steps_[key & (kSteps - 1)];
    if (step.key != key) step = {key, Compute(list, label)};
    return step.next;
  }
  float Nats(int32_t weight) const;
  // What ends a text at a node, or goes on from it with the space; kLogZero: that cannot be.
  float Ends(uint32_t node) const;
  float GoesOn(uint32_t node, uint32_t* next) const;
  // False only if no place of the list has an arc for the label, or for the space an end either.
  bool Follows(uint32_t list, int label) const;

  size_t size() const { return lists_.size(); }
  void Clear();  // but for the empty list

 private:
  static constexpr size_t kSteps = 1 << 13;

  struct List {
    std::vector<Place> places;
    float best;
    uint64_t allowed;
  };
  struct Step {
    uint64_t key;
    uint32_t next;
  };

  uint32_t Compute(uint32_t list, int label);

  Automaton automaton_;
  int space_;
  uint64_t all_;
  float nats_;
  std::vector<List> lists_;
  std::vector<uint64_t> hashes_;
  HashIndex index_;
  std::vector<Step> steps_;  // direct-mapped
};

}  // namespace ds
#endif  // DS_DECODER_SLOT_PLACES_H_
