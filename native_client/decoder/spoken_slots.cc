#include "decoder/spoken_slots.h"

namespace ds {

std::vector<SpokenSlot> SpokenSlots(const Output& output, const std::vector<Letter>& letters) {
  std::vector<SpokenSlot> slots;
  for (const Slot& slot : output.reading.slots) {
    const size_t first = slot.labels.first, end = first + slot.labels.count;
    SpokenSlot spoken{slot.name, "", slot.value, 0, 0};
    for (const Letter& letter : letters) {
      if (letter.first >= first && letter.first < end) spoken.text += letter.text;
    }
    if (spoken.value.empty()) spoken.value = spoken.text;
    if (slot.labels.count > 0) {
      spoken.start = output.timesteps[first];
      spoken.end = output.ends[end - 1];
    } else if (first < output.timesteps.size()) {
      spoken.start = spoken.end = output.timesteps[first];
    } else if (!output.ends.empty()) {
      spoken.start = spoken.end = output.ends.back();
    }
    slots.push_back(spoken);
  }
  return slots;
}

}  // namespace ds
