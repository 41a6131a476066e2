// A transcript as labels with their times, and what may stand in its place.
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
  // How far the path of these labels lies behind the one that takes each frame's most probable
  // label, in nats, 0 at most: from the frame in which each label appeared to the next label's, and
  // before the first of them.
  std::vector<float> lags;
  float first_lag = 0;
  Reading reading;  // what a grammar makes of it; empty without one

  // Where no text can be.
  static Output Nothing() {
    Output nothing;
    nothing.confidence = kLogZero;
    return nothing;
  }
};

// One of the best transcripts from where they begin to differ, which is where a word begins.
struct Rival {
  double share;  // of the probability of all transcripts in the beam, with bonuses
  std::vector<int> tokens;
  std::vector<uint32_t> timesteps;
};

// The best transcripts, and the same again as rivals, perhaps more of them.
struct Found {
  std::vector<Output> outputs;
  std::vector<Rival> rivals;
};

}  // namespace ds
#endif  // DS_DECODER_OUTPUT_H_
