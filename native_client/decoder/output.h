// A transcript as labels with their times.
#ifndef DS_DECODER_OUTPUT_H_
#define DS_DECODER_OUTPUT_H_

#include <cstdint>
#include <vector>

#include "decoder/log_math.h"
#include "grammar/reading.h"

namespace ds {

struct Output {
  double confidence = 0;            // log of the path sum with all bonuses, in nats
  std::vector<int> tokens;          // labels
  std::vector<uint32_t> timesteps;  // frame in which each label appeared
  std::vector<uint32_t> ends;       // one past the last frame that it dominated
  std::vector<float> peaks;         // its highest probability meanwhile, 0..1
  Reading reading;                  // what a grammar makes of it; empty without one

  // Where no text can be.
  static Output Nothing() {
    Output nothing;
    nothing.confidence = kLogZero;
    return nothing;
  }
};

}  // namespace ds
#endif  // DS_DECODER_OUTPUT_H_
