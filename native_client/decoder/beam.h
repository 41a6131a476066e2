// The hypotheses of a beam search, as parallel arrays.
#ifndef DS_DECODER_BEAM_H_
#define DS_DECODER_BEAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decoder/hash.h"
#include "decoder/log_math.h"

namespace ds {

// A prefix that comes into the beam, with what it has of its parent.
template <class State>
struct Arrival {
  float score, bonus;
  int32_t parent, label;
  uint32_t trace;
  uint64_t parent_hash;
  State state;
};

// Places 0 to size - 1 are hypotheses. The place behind the last possible one has probability zero:
// it is the parent of those whose parent is not in the beam.
template <class State>
struct Beam {
  std::vector<float> score, blank, nonblank;  // score = LogAdd(blank, nonblank)
  std::vector<int32_t> label;                 // last one, -1 for the empty prefix
  std::vector<uint64_t> hash, parent_hash;
  std::vector<int32_t> parent;  // place, or none()
  std::vector<uint32_t> trace;
  std::vector<uint32_t> end;  // one past the last frame that the last label dominated
  std::vector<float> peak;    // its highest probability so far
  std::vector<float> bonus;   // what entering the prefix earned
  // How far its paths that end in blank, and in its last label, lie behind the best of all labels.
  std::vector<float> blank_lag, label_lag;
  std::vector<State> state;
  size_t size = 0;

  // A beam of `width` places with the empty prefix, reached without a label.
  Beam(size_t width, const State& start)
      : score(width + 1),
        blank(width + 1),
        nonblank(width + 1),
        label(width + 1),
        hash(width + 1),
        parent_hash(width + 1),
        parent(width + 1),
        trace(width + 1),
        end(width + 1),
        peak(width + 1),
        bonus(width + 1),
        blank_lag(width + 1),
        label_lag(width + 1),
        state(width + 1),
        size(1) {
    score[width] = blank[width] = kLogZero;
    label[width] = -2;
    nonblank[0] = kLogZero;
    label[0] = -1;
    hash[0] = kEmptyHash;
    parent[0] = none();
    peak[0] = 1.0f;
    state[0] = start;
  }

  // The place of a parent that is not in the beam.
  int32_t none() const { return static_cast<int32_t>(score.size() - 1); }

  // Of the more probable of the two; and of the one that `next` may follow.
  float Lag(size_t i) const { return blank[i] >= nonblank[i] ? blank_lag[i] : label_lag[i]; }
  float LagBefore(size_t i, int32_t next) const { return label[i] == next ? blank_lag[i] : Lag(i); }

  // Puts a prefix that appeared in frame `time` with probability `peak_now` into place i.
  void Place(size_t i, const Arrival<State>& from, uint32_t time, float peak_now, float lag_now) {
    score[i] = nonblank[i] = from.score;
    blank[i] = kLogZero;
    label[i] = from.label;
    hash[i] = Append(from.parent_hash, from.label);
    parent_hash[i] = from.parent_hash;
    parent[i] = from.parent;
    trace[i] = from.trace;
    end[i] = time + 1;
    peak[i] = peak_now;
    bonus[i] = from.bonus;
    blank_lag[i] = label_lag[i] = lag_now;
    state[i] = from.state;
  }

  // Adds to every score.
  void Shift(float shift) {
    for (size_t i = 0; i < size; ++i) score[i] += shift, blank[i] += shift, nonblank[i] += shift;
  }
};

}  // namespace ds
#endif  // DS_DECODER_BEAM_H_
