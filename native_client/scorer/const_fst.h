// The vocabulary automaton of a .scorer: an OpenFst ConstFst<StdArc>, used where it lies.
//
// Layout, little endian: header (magic, "const", "standard", version, flags, properties, start,
// number of states, number of arcs), states of 20 bytes, arcs of 16 bytes; states and arcs each
// begin at a multiple of 16 bytes of the file. Nothing is rebuilt or copied on opening; every index
// that comes out of the file is checked where it is used, so a damaged file cannot lead outside.
#ifndef DS_SCORER_CONST_FST_H_
#define DS_SCORER_CONST_FST_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "scorer/word_encoder.h"

namespace ds {

struct FstArc {
  int32_t label;   // alphabet label + 1
  int32_t output;  // the same: an acceptor
  float weight;    // 0
  int32_t next;    // state
};

class ConstFst {
 public:
  static constexpr int32_t kNoState = -1;

  struct Arcs {  // of one state, ascending by label
    const FstArc* first;
    const FstArc* last;
    const FstArc* begin() const { return first; }
    const FstArc* end() const { return last; }
    size_t size() const { return static_cast<size_t>(last - first); }
    bool empty() const { return first == last; }
  };

  ConstFst() = default;
  ConstFst(ConstFst&&) = default;
  ConstFst& operator=(ConstFst&&) = default;
  ConstFst(const ConstFst&) = delete;
  ConstFst& operator=(const ConstFst&) = delete;

  // Views the automaton that starts at byte `file_offset` of its file, where `data` begins; `data`
  // must outlive this object. Throws Error.
  ConstFst(std::string_view data, uint64_t file_offset);

  int32_t start() const { return start_; }
  int32_t num_states() const { return num_states_; }
  int64_t num_arcs() const { return num_arcs_; }
  size_t file_bytes() const { return file_bytes_; }  // from its header's to its last arc's end

  bool IsFinal(int32_t state) const { return Valid(state) && states_[state].final_weight == 0.0f; }
  Arcs ArcsOf(int32_t state) const {
    if (!Valid(state)) return {arcs_, arcs_};
    const State& s = states_[state];
    if (static_cast<int64_t>(s.first_arc) + s.num_arcs > num_arcs_) return {arcs_, arcs_};
    return {arcs_ + s.first_arc, arcs_ + s.first_arc + s.num_arcs};
  }
  // State after `label`, or kNoState.
  int32_t Next(int32_t state, int32_t label) const;

 private:
  struct State {         // 20 bytes
    float final_weight;  // 0 final, infinity not
    uint32_t first_arc;
    uint32_t num_arcs;
    uint32_t num_input_epsilons;
    uint32_t num_output_epsilons;
  };
  bool Valid(int32_t state) const { return state >= 0 && state < num_states_; }

  const State* states_ = nullptr;
  const FstArc* arcs_ = nullptr;
  int32_t start_ = kNoState;
  int32_t num_states_ = 0;
  int64_t num_arcs_ = 0;
  size_t file_bytes_ = 0;
  std::vector<uint32_t> copy_;  // only where the file does not align its parts
};

// The smallest deterministic automaton that accepts exactly `words`, serialised as it lies in a
// file from byte `file_offset` on. Order and repetitions do not matter (`words` is sorted in
// place).
std::vector<uint8_t> BuildConstFst(std::vector<LabelSequence>* words, uint64_t file_offset);

}  // namespace ds
#endif  // DS_SCORER_CONST_FST_H_
