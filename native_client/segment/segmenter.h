// Cuts a recording into utterances where the speaker pauses, as its samples come.
#ifndef DS_SEGMENT_SEGMENTER_H_
#define DS_SEGMENT_SEGMENTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "segment/speech_detector.h"

namespace ds {

struct SegmentRules {
  unsigned pause_ms;     // silence that ends a segment
  unsigned padding_ms;   // kept on either side of the speech, no more than a pause, nor than a
                         // quarter of the longest segment
  unsigned shortest_ms;  // speech that a segment has at least
  unsigned longest_ms;   // a longer one is cut where it is quietest
  float threshold;       // of the detector
};

struct Segment {
  uint64_t start, end;  // samples; the end is one past the last
};

// Segments are in order and do not overlap. Memory does not grow.
class Segmenter {
 public:
  // Throws Error if the rules or the rate cannot be.
  Segmenter(int sample_rate, const SegmentRules& rules);

  // Appends the segments that end now.
  void Feed(const int16_t* samples, size_t count, std::vector<Segment>* segments);
  // Appends the last one, if there is one.
  void Finish(std::vector<Segment>* segments);

 private:
  void Take(const std::vector<SpeechStep>& steps, std::vector<Segment>* segments);
  void Close(uint64_t end, std::vector<Segment>* segments);
  void CutLong(std::vector<Segment>* segments);

  const size_t pause_, shortest_, longest_, padding_;  // steps
  SpeechDetector detector_;
  std::vector<SpeechStep> fresh_;
  uint64_t samples_ = 0;           // fed
  uint64_t now_ = 0;               // steps decided
  uint64_t settled_ = 0;           // steps before which all is given out or known to be silence
  bool open_ = false;              // somebody speaks, or has paused for less than a pause
  uint64_t start_ = 0, last_ = 0;  // first step of the open segment; its last with speech
  size_t spoken_ = 0;              // steps of it with speech
  std::deque<float> levels_;       // of the last steps, up to now_
};

}  // namespace ds
#endif  // DS_SEGMENT_SEGMENTER_H_
