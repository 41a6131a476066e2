// Turns samples into label probabilities as they arrive.
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

// One utterance of any length in bounded memory. The results do not depend on how the samples are
// split into calls.
//
// A forward network runs whenever as many frames are ready as its graph takes at once (n_steps, 16
// by default: one alone costs three times as much), as in 0.9.3, so that intermediate results are
// the same. While no call has brought 8 frames it runs 8 at a time, a third of the work with each
// frame that comes, so that no call takes long. A bidirectional network, and one whose features are
// whitened, needs the whole utterance and runs at its end; but one that gets longer than 40 seconds
// is cut in its quietest third of a second, 20 to 39 seconds after the last cut, and either side
// also sees a second of the other.
class AcousticStream {
 public:
  AcousticStream(const Engine& engine, const FeatureExtractor& extractor);

  // True if results come with the samples.
  bool runs_early() const { return runs_early_; }
  // Has a forward network run 4 frames at a time from now on, as soon as they are ready: a tenth
  // of a second earlier, for a fifth more work. To be called before the first samples.
  void RunByFew();
  // What comes is the beginning of an utterance. To be called by the sink of one that runs by few.
  void Forget() { state_ = engine_->InitialState(); }
  void Feed(const int16_t* samples, size_t count, const ProbSink& sink);
  // Runs the rest. Call it on a copy to see the result so far and go on.
  void Finish(const ProbSink& sink);

 private:
  size_t Rows() const { return rows_.size() / n_input_; }
  size_t Ready() const;  // frames whose context has come
  void RunReady(size_t multiple, const ProbSink& sink);
  void RunPart(const ProbSink& sink);
  void RunSegment(size_t frames, size_t first, size_t last, const ProbSink& sink);
  void CutSegment(const ProbSink& sink);
  void DropRows(size_t count);

  const Engine* engine_;
  const FeatureExtractor* extractor_;
  bool runs_early_, by_few_ = false;
  size_t batch_, small_batch_;  // frames that run together
  size_t n_input_, n_context_;
  FeatureStream features_;
  // Forward: the rows from the next frame's window on, context included. Whole utterances: the rows
  // of this segment, of which `settled_` were given out with the one before.
  std::vector<float> rows_;
  size_t settled_ = 0;
  LstmState state_;
  Workspace work_;
  size_t largest_ = 0;  // frames that one call has brought at most
  int parts_ = 0;       // done of the batch that is on its way through the network
  std::vector<float> probs_;
};

}  // namespace ds
#endif  // DS_API_ACOUSTIC_STREAM_H_
