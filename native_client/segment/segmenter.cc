#include "segment/segmenter.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/interrupt.h"
#include "segment/quietest.h"

namespace ds {
namespace {

constexpr unsigned kStep = 20;    // ms
constexpr size_t kPiece = 16384;  // samples taken at a time

size_t Steps(const char* name, unsigned ms, unsigned least, unsigned most) {
  if (ms < least || ms > most) {
    throw Error(std::string(name) + " is " + std::to_string(ms) + " ms: expected " +
                std::to_string(least) + " to " + std::to_string(most));
  }
  return (ms + kStep - 1) / kStep;
}

float Checked(float threshold) {
  if (threshold > 0 && threshold <= 20) return threshold;
  throw Error("the threshold is " + std::to_string(threshold) + ": expected a number above 0, " +
              "20 at most");
}

}  // namespace

Segmenter::Segmenter(int sample_rate, const SegmentRules& rules)
    : pause_(Steps("the pause", rules.pause_ms, kStep, 60000)),
      shortest_(Steps("the shortest speech", rules.shortest_ms, 0, 60000)),
      longest_(Steps("the longest segment", rules.longest_ms, 2000, 600000)),
      padding_(std::min(Steps("the padding", rules.padding_ms, 0, 60000), longest_ / 4)),
      detector_(sample_rate, Checked(rules.threshold)) {}

void Segmenter::Feed(const int16_t* samples, size_t count, std::vector<Segment>* segments) {
  for (size_t at = 0; at < count; at += kPiece) {
    CheckInterrupt();
    const size_t piece = std::min(kPiece, count - at);
    fresh_.clear();
    detector_.Feed(samples + at, piece, &fresh_);
    samples_ += piece;
    Take(fresh_, segments);
  }
}

void Segmenter::Finish(std::vector<Segment>* segments) {
  fresh_.clear();
  detector_.Finish(&fresh_);
  Take(fresh_, segments);
  if (open_) Close(last_ + 1 + padding_, segments);
}

void Segmenter::Take(const std::vector<SpeechStep>& steps, std::vector<Segment>* segments) {
  for (const SpeechStep& step : steps) {
    levels_.push_back(step.level);
    if (levels_.size() > longest_ + kShortPause) levels_.pop_front();
    const uint64_t t = now_++;
    if (step.speech) {
      if (!open_) {
        open_ = true;
        start_ = std::max(settled_, t - std::min<uint64_t>(t, padding_));
        spoken_ = 0;
      }
      last_ = t;
      ++spoken_;
    } else if (open_ && t - last_ >= pause_) {
      Close(last_ + 1 + std::min(padding_, pause_), segments);
    }
    if (open_ && now_ - start_ >= longest_) CutLong(segments);
  }
}

// Gives out the open segment up to step `end`; what has hardly any speech is a noise.
void Segmenter::Close(uint64_t end, std::vector<Segment>* segments) {
  open_ = false;
  if (spoken_ < shortest_) return;
  const uint64_t step = detector_.step();
  segments->push_back({start_ * step, std::min(end * step, samples_)});
  settled_ = end;
}

// Cuts the open segment in the second half of the time that it may have, or ends it where the
// speaker has stopped since.
void Segmenter::CutLong(std::vector<Segment>* segments) {
  const uint64_t oldest = now_ - levels_.size();
  const size_t cut = QuietestStep(start_ + longest_ / 2, now_ - kShortPause, [&](size_t t) {
    return levels_[static_cast<size_t>(t - oldest)];
  });
  if (cut > last_) return Close(std::min<uint64_t>(cut, last_ + 1 + padding_), segments);
  Close(cut, segments);
  open_ = true;
  start_ = settled_ = cut;
  spoken_ = shortest_;
}

}  // namespace ds
