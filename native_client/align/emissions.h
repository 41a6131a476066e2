// What a network has said of a recording, as far as an alignment needs it, for hours of audio.
#ifndef DS_ALIGN_EMISSIONS_H_
#define DS_ALIGN_EMISSIONS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/alphabet.h"

namespace ds {

// What each step of a pause within a word costs, in nats, and of other speech within a sentence:
// neither lasts long.
constexpr float kLinger = 0.2f;

// The scores of a step, in nats.
struct StepScores {
  std::vector<float> label;  // by column
  float pause = 0;           // blank or space, whichever is more probable
  float any = 0;             // whatever is most probable
  float voiced = 0;          // the probability that it is neither blank nor space, 0..1
};

// The labels that occur in a text have a column each. A step is kept as a byte a column, a
// sixteenth of a nat fine; of more than 63 columns, the 32 most probable. So an hour of 30 labels
// takes 6 MB, and one of any alphabet 17 MB at most. What is less probable than e^-15.9 counts as
// that.
class Emissions {
 public:
  static constexpr float kFloor = -255.0f / 16.0f;

  Emissions(const Alphabet& alphabet, const std::vector<int>& labels);

  // The column of each of the labels given above.
  const std::vector<uint16_t>& columns() const { return columns_; }
  // Appends a step with the probabilities of all labels and the blank, and gives its scores.
  void Append(const float* probs, StepScores* scores);
  size_t steps() const { return steps_; }
  // The scores of a step again; those of `any` and `voiced` are not kept.
  void Read(size_t step, StepScores* scores) const;

 private:
  static constexpr size_t kDense = 63, kKept = 32;

  bool dense() const { return used_.size() <= kDense; }
  void KeepBest(const std::vector<uint8_t>& costs);

  const size_t blank_;
  const int space_;
  std::vector<int> used_;  // the label of each column
  std::vector<uint16_t> columns_;
  size_t steps_ = 0;
  std::vector<uint8_t> bytes_;    // of each step that of the pause, then those kept
  std::vector<uint16_t> sparse_;  // which columns those are, where not all are kept
  std::vector<uint8_t> costs_;    // scratch
  std::vector<uint16_t> order_;
};

}  // namespace ds
#endif  // DS_ALIGN_EMISSIONS_H_
