// Where in its stretch of a recording each label of a word is spoken.
#ifndef DS_ALIGN_LETTER_TIMES_H_
#define DS_ALIGN_LETTER_TIMES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "align/emissions.h"

namespace ds {

struct LabelTime {
  uint32_t start, end;  // steps; the end is one past the last
  float log_prob;       // the highest of them
};

// Exactly the best path through the labels in `columns`, pauses between and after them, in the
// steps from `begin` to before `end`. Empty if there is none: too few steps.
std::vector<LabelTime> TimeLabels(const Emissions& emissions, const uint16_t* columns, size_t count,
                                  size_t begin, size_t end);

}  // namespace ds
#endif  // DS_ALIGN_LETTER_TIMES_H_
