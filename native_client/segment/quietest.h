// Where to cut speech that has no pause.
#ifndef DS_SEGMENT_QUIETEST_H_
#define DS_SEGMENT_QUIETEST_H_

#include <algorithm>
#include <cstddef>

namespace ds {

constexpr size_t kShortPause = 15;  // steps: 0.3 s

// The middle of the best pause among steps `first` to `last` - 1: of all stretches of kShortPause
// steps the one whose loudest step is softest. (By the mean, a packet lost inside a word, which is
// digital silence, would look like a pause.) `level(t)` must be there for half a pause on either
// side.
template <typename Level>
size_t QuietestStep(size_t first, size_t last, Level level) {
  size_t best = first;
  float softest = 0;
  for (size_t t = first; t < last; ++t) {
    float loudest = level(t);
    for (size_t i = t - kShortPause / 2; i <= t + kShortPause / 2; ++i) {
      loudest = std::max(loudest, level(i));
    }
    if (t == first || loudest < softest) {
      best = t;
      softest = loudest;
    }
  }
  return best;
}

}  // namespace ds
#endif  // DS_SEGMENT_QUIETEST_H_
