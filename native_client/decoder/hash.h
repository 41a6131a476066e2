// 64-bit rolling hash of label sequences, and a table from such hashes to positions in the beam.
#ifndef DS_DECODER_HASH_H_
#define DS_DECODER_HASH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ds {

constexpr uint64_t kEmptyHash = 0x9e3779b97f4a7c15u;

// Mixes all bits of `x` (the finaliser of splitmix64: a bijection).
inline uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Hash of a sequence that has `hash`, and then `label`. Two of 2^20 prefixes coincide with
// probability 2^-25: prefix identity is by hash alone.
inline uint64_t Append(uint64_t hash, int label) {
  return Mix(hash * 3 + static_cast<uint64_t>(label) + 1);
}

// Open addressing; emptied in constant time by a new generation number.
class HashIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit HashIndex(size_t capacity = 0) { Reserve(capacity); }

  // Room for `capacity` entries at no more than half load; forgets what was there.
  void Reserve(size_t capacity) {
    size_t slots = 16;
    while (slots < 2 * capacity) slots *= 2;
    slots_.assign(slots, Slot{0, 0, 0});
    generation_ = 1;
  }
  size_t capacity() const { return slots_.size() / 2; }
  void Clear() {
    if (++generation_ == 0) Reserve(slots_.size() / 2);
  }
  void Insert(uint64_t hash, uint32_t value) {
    Slot& slot = slots_[Find(hash)];
    slot = Slot{hash, value, generation_};
  }
  uint32_t Lookup(uint64_t hash) const {
    const Slot& slot = slots_[Find(hash)];
    return slot.generation == generation_ ? slot.value : kNone;
  }

 private:
  struct Slot {
    uint64_t hash;
    uint32_t value;
    uint32_t generation;
  };
  size_t Find(uint64_t hash) const {
    const size_t mask = slots_.size() - 1;
    size_t i = hash & mask;
    while (slots_[i].generation == generation_ && slots_[i].hash != hash) i = (i + 1) & mask;
    return i;
  }
  std::vector<Slot> slots_;
  uint32_t generation_ = 1;
};

}  // namespace ds
#endif  // DS_DECODER_HASH_H_
