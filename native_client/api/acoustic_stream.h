// Samples in, probabilities of the labels out, as they come.
#ifndef DS_API_ACOUSTIC_STREAM_H_
#define DS_API_ACOUSTIC_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/engine.h"
#include "features/features.h"

namespace ds {

// Takes `count` frames of probabilities, [count][n_classes].
using ProbSink = std::function<void(const float* probs, int count)>;

// One utterance. A forward network runs whenever 16 frames are ready; a bidirectional one, and one
// whose features are whitened, runs at the end. How the samples are cut into calls changes nothing.
class AcousticStream {
 public:
  AcousticStream(const Engine& engine, const FeatureExtractor& extractor);

  // True if results come before the end of the utterance.
  bool runs_early() const { return runs_early_; }
  void Feed(const int16_t* samples, size_t count, const ProbSink& sink);
  // Runs whatever frames are ready now, however few.
  void Flush(const ProbSink& sink);
  // Runs the rest. Call it on a copy to see the result so far and go on.
  void Finish(const ProbSink& sink);

 private:
  static constexpr int kBatch = 16;  // one frame alone costs three times as much
  void Run(int count, const ProbSink& sink);
  int Ready() const;  // frames whose context has come

  const Engine* engine_;
  const FeatureExtractor* extractor_;
  bool runs_early_;
  int n_input_, n_context_;
  FeatureStream features_;
  LstmState state_;
  std::vector<float> rows_;  // [frames with context][n_input] from the next frame's window on
  Workspace work_;
  std::vector<float> probs_;
};

}  // namespace ds
#endif  // DS_API_ACOUSTIC_STREAM_H_
