// Tells a stream that its speaker has said what there was to say.
#ifndef DS_SEGMENT_ENDPOINTER_H_
#define DS_SEGMENT_ENDPOINTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "segment/speech_detector.h"

namespace ds {

// Seconds.
struct EndpointTimes {
  float silence_before;  // nothing was said
  float silence_after;   // something was said
  float longest;         // of an utterance
};

enum class Endpoint { kNone, kNothingSaid, kSaid, kTooLong };

// Speech is what the samples show, and where the network's results come in time, what it reads
// there: a noise in which it reads nothing is silence, but for the third of a second that follows a
// letter, and so are letters that it reads where the samples show no speech. What the network has
// yet to read may be the next word: an utterance does not end in it.
class Endpointer {
 public:
  // `heard` and `read`: seconds of the utterance that were fed, and that the network has read,
  // before anybody listened. Throws Error if the times or the rate cannot be.
  Endpointer(int sample_rate, const EndpointTimes& times, double heard = 0, double read = 0);

  void Feed(const int16_t* samples, size_t count);
  // Probabilities [count, classes] of the next steps of the network, blank last; `space` is the
  // label that says as little, or -1. To be called as they come, or never.
  void Read(const float* probs, int count, int classes, int space, float step_seconds);

  Endpoint Rule() const;

 private:
  struct Run {
    double begin, end;  // seconds
  };
  void TakeSpeech();
  void TakeLetters();
  bool MayGoOn() const;
  double Heard() const { return before_ + static_cast<double>(heard_) * kStepSeconds; }

  static constexpr double kStepSeconds = 0.02;
  const EndpointTimes times_;
  const double before_;  // seconds that nobody listened to
  SpeechDetector detector_;
  std::vector<SpeechStep> fresh_;
  uint64_t heard_ = 0;                   // steps decided
  size_t spoken_ = 0;                    // steps with speech
  std::deque<Run> runs_;                 // of them, the last and what may yet confirm a letter
  bool reads_ = false, letter_ = false;  // the network's results come; it has read a letter
  double read_, letter_end_ = 0;         // how far, and where its last letter was, seconds
  std::deque<double> letters_;           // that the samples have not confirmed, seconds
};

}  // namespace ds
#endif  // DS_SEGMENT_ENDPOINTER_H_
