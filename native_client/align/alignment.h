// Where a recording has the parts of a text.
#ifndef DS_ALIGN_ALIGNMENT_H_
#define DS_ALIGN_ALIGNMENT_H_

#include <cstdint>
#include <vector>

namespace ds {

// Where a part of the text is spoken.
struct Place {
  bool found = false;
  uint32_t start = 0, end = 0;  // steps; the end is one past the last
  // Geometric mean of the highest probabilities of its labels, 0..1; in lines those of words that
  // were not found count as e^-7.
  float confidence = 0;
};

struct Alignment {
  std::vector<Place> lines, words, letters;  // those of the text
  uint32_t steps = 0;                        // of the recording
};

}  // namespace ds
#endif  // DS_ALIGN_ALIGNMENT_H_
