// Samples to features: the two definitions of the contract.
//
// `2017`: python_speech_features' MFCC on raw int16 values (pre-emphasis, rectangular windows of
// 25 ms every 10 ms, FFT 512, 26 mel filters, log energy as first coefficient, lifter 22), every
// second frame kept, the whole utterance whitened at its end. `0.9.3`: TensorFlow's
// AudioSpectrogram and Mfcc on samples / 32768 (periodic Hann windows of 32 ms every 20 ms, 40 mel
// channels from 20 Hz on), not normalised.
#ifndef DS_FEATURES_FEATURES_H_
#define DS_FEATURES_FEATURES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "features/feature_spec.h"
#include "features/fft.h"

namespace ds {

// The tables of a definition. Read-only: streams share it.
class FeatureExtractor {
 public:
  // Throws Error if the numbers cannot be.
  explicit FeatureExtractor(const FeatureSpec& spec);

  int n_input() const { return n_input_; }
  int window() const { return window_; }  // samples of a frame
  int step() const { return step_; }      // samples from one step of the network to the next
  bool whitens() const { return is_2017_; }

  // Frames of an utterance of `samples` samples, as a stream gives them: 2017 fills up the last
  // frame; 0.9.3 ends with one frame of what is left, even of nothing.
  size_t FrameCount(size_t samples) const;

  // One frame of `count` samples, at most window(); less is filled up with zeros. `before` is the
  // sample before the first one (0 at the start). `scratch` grows on demand.
  void Frame(const int16_t* samples, int count, int16_t before, std::vector<double>* scratch,
             float* features) const;

 private:
  struct Filter {  // weights of the bins from `first` on
    int first = 0;
    std::vector<double> weights;
  };
  void MakeFilters2017(int sample_rate);
  void MakeFilters093(const FeatureSpec& spec);
  void MakeCosines(int filters, int lifter);

  bool is_2017_;
  int n_input_, window_, step_, hop_;
  RealFft fft_;
  std::vector<double> taper_;  // 0.9.3
  std::vector<Filter> filters_;
  std::vector<double> cosines_;  // [filters][n_input]
};

// Subtracts one mean from all features and divides by one deviation, both over the matrix
// [frames, (2 * n_context + 1) * n_input] that windows with zero context make. `rows` is
// [frames + 2 * n_context][n_input] with zeros in the context rows.
void Whiten(float* rows, size_t frames, int n_context, int n_input);

// Cuts a stream of samples into frames.
class FeatureStream {
 public:
  explicit FeatureStream(const FeatureExtractor& extractor) : extractor_(&extractor) {}

  // Appends the frames that are complete now, `n_input` floats each.
  void Feed(const int16_t* samples, size_t count, std::vector<float>* frames);
  // Appends the frames that the end of the stream completes. The stream itself stays as it is, so
  // that it may go on.
  void Tail(std::vector<float>* frames) const;

 private:
  const FeatureExtractor* extractor_;
  std::vector<int16_t> buffer_;      // from the next frame's first sample on
  int16_t before_ = 0;               // the sample before it
  size_t samples_ = 0, frames_ = 0;  // so far
  mutable std::vector<double> scratch_;
};

// A whole utterance as the network sees it: [*frames + 2 * n_context][n_input] with zero context on
// either side, whitened if the definition says so.
std::vector<float> UtteranceRows(const FeatureExtractor& extractor, int n_context,
                                 const int16_t* samples, size_t count, size_t* frames);

}  // namespace ds
#endif  // DS_FEATURES_FEATURES_H_
