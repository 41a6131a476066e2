#include "segment/endpointer.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace ds {
namespace {

constexpr size_t kSpoken = 5;     // steps of speech that make it so: 0.1 s
constexpr double kNear = 0.5;     // seconds that a letter may be after speech in the samples
constexpr double kLinger = 0.3;   // seconds that speech may go on after the network's last letter
constexpr double kGap = 0.2;      // seconds of silence that a run of speech may have in it
constexpr double kWithout = 0.5;  // seconds of a run in which the network reads nothing: noise
constexpr double kHold = 1.0;     // seconds to wait for the network at most: noises may come and go
constexpr size_t kRuns = 4096;    // kept where no network reads
constexpr double kLongest = 1e6;  // seconds

void Check(const char* name, float seconds) {
  if (seconds > 0 && seconds <= kLongest) return;
  throw Error(std::string(name) + " is " + std::to_string(seconds) +
              " seconds: expected a number above 0, 1000000 at most");
}

}  // namespace

Endpointer::Endpointer(int sample_rate, const EndpointTimes& times, double heard, double read)
    : times_(times), before_(heard), detector_(sample_rate), read_(read) {
  Check("the silence before speech", times.silence_before);
  Check("the silence after speech", times.silence_after);
  Check("the longest utterance", times.longest);
}

void Endpointer::Feed(const int16_t* samples, size_t count) {
  fresh_.clear();
  detector_.Feed(samples, count, &fresh_);
  for (const SpeechStep& step : fresh_) {
    ++heard_;
    if (!step.speech) continue;
    TakeSpeech();
  }
  TakeLetters();
}

// A step of it, which has just ended.
void Endpointer::TakeSpeech() {
  ++spoken_;
  const double end = Heard();
  if (runs_.empty() || end - runs_.back().end > kGap) {
    runs_.push_back({end - kStepSeconds, end});
    if (runs_.size() > kRuns) runs_.pop_front();
  }
  runs_.back().end = end;
}

void Endpointer::Read(const float* probs, int count, int classes, int space, float step_seconds) {
  reads_ = true;
  for (int t = 0; t < count; ++t, probs += classes) {
    read_ += static_cast<double>(step_seconds);
    const auto label = static_cast<int>(std::max_element(probs, probs + classes) - probs);
    if (label != classes - 1 && label != space) letters_.push_back(read_);
  }
  TakeLetters();
}

// Of those up to what the samples are known of: a network may read letters in any noise.
void Endpointer::TakeLetters() {
  for (; !letters_.empty() && letters_.front() <= Heard(); letters_.pop_front()) {
    const double letter = letters_.front();
    while (runs_.size() > 1 && runs_.front().end < letter - kNear) runs_.pop_front();
    if (runs_.empty()) continue;
    const Run& run = runs_.front();
    if (run.begin > letter || run.end < letter - kNear) continue;
    letter_ = true;
    letter_end_ = letter;
  }
}

// Speech began behind the last letter, and the network has not come far enough to say what it is;
// or where none reads, there is too little of it yet to be any.
bool Endpointer::MayGoOn() const {
  if (runs_.empty()) return false;
  const Run& run = runs_.back();
  if (!reads_) return spoken_ < kSpoken && Heard() - run.end < kGap;
  return run.begin > letter_end_ && read_ < run.begin + kWithout;
}

Endpoint Endpointer::Rule() const {
  const bool said = reads_ ? letter_ : spoken_ >= kSpoken;
  double end = said ? runs_.back().end : 0;  // what is said, the samples show
  if (said && reads_) end = std::max(letter_end_, std::min(end, letter_end_ + kLinger));
  const double silence = Heard() - end;
  const auto most = static_cast<double>(said ? times_.silence_after : times_.silence_before);
  if (silence >= most + (MayGoOn() ? kHold : 0)) {
    return said ? Endpoint::kSaid : Endpoint::kNothingSaid;
  }
  if (Heard() >= static_cast<double>(times_.longest)) return Endpoint::kTooLong;
  return Endpoint::kNone;
}

}  // namespace ds
