// Slots of a transcript with their times.
#ifndef DS_DECODER_SPOKEN_SLOTS_H_
#define DS_DECODER_SPOKEN_SLOTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "decoder/letters.h"
#include "decoder/output.h"

namespace ds {

struct SpokenSlot {
  std::string name;
  std::string text;   // what was said
  std::string value;  // what it means: the same unless the grammar tells
  uint32_t start;     // frame in which its first label appeared
  uint32_t end;       // one past the last frame of its last label
};

// `letters`: those of the transcript.
std::vector<SpokenSlot> SpokenSlots(const Output& output, const std::vector<Letter>& letters);

}  // namespace ds
#endif  // DS_DECODER_SPOKEN_SLOTS_H_
