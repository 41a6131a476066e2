// Tells speech from what else a microphone hears, without a model.
#ifndef DS_SEGMENT_SPEECH_DETECTOR_H_
#define DS_SEGMENT_SPEECH_DETECTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "segment/band_levels.h"

namespace ds {

struct SpeechStep {
  bool speech;
  float level;  // natural logarithm of the power
};

// Follows the noise of each band: the least power that five steps in a row had, on the average, in
// the last four seconds; dead silence counts as a quiet room. A step is speech if its bands stand
// out from their noise by more than a threshold, on the average of their logarithms and of it and
// its neighbours: so voices are found that are weaker than the noise as a whole, and steady noises,
// hum and wind are passed over.
class SpeechDetector {
 public:
  static constexpr float kThreshold = 0.9f;  // nats

  // Throws Error for a rate that cannot be.
  explicit SpeechDetector(int sample_rate, float threshold = kThreshold);

  size_t step() const { return levels_.step(); }  // samples
  // Appends the steps that are decided now; the first second waits to know the noise.
  void Feed(const int16_t* samples, size_t count, std::vector<SpeechStep>* steps);
  // Appends the last ones.
  void Finish(std::vector<SpeechStep>* steps);

 private:
  struct Scored {
    float score, level;
  };
  void FollowNoise(const Bands& bands);
  Bands Noise() const;
  void Score(const Bands& bands, const Bands& noise, std::vector<SpeechStep>* steps);
  void Decide(float next, std::vector<SpeechStep>* steps);

  BandLevels levels_;
  const float threshold_;
  std::vector<Bands> fresh_, waiting_;
  std::deque<Bands> recent_;  // of which the mean is taken
  std::deque<Bands> blocks_;  // least means of the last blocks, and of the one that goes on
  size_t in_block_ = 0, steps_ = 0;
  float before_ = 0;      // score of the step before the one that waits for its neighbour
  bool pending_ = false;  // there is one
  Scored last_ = {0, 0};
};

}  // namespace ds
#endif  // DS_SEGMENT_SPEECH_DETECTOR_H_
