#include "segment/endpointer.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace ds {
namespace {

constexpr size_t kSpoken = 5;     // steps of speech that make it so: 0.1 s
constexpr double kNear = 0.5;     // seconds that a letter may be after speech in the samples
constexpr double kLinger = 0.3;   // seconds that speech may go on after the network's last letter
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
    ++spoken_;
    samples_end_ = Heard();
  }
  TakeLetters();
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
    if (spoken_ == 0 || letters_.front() > samples_end_ + kNear) continue;
    letter_ = true;
    letter_end_ = letters_.front();
  }
}

Endpoint Endpointer::Rule() const {
  const bool said = reads_ ? letter_ : spoken_ >= kSpoken;
  double end = 0;
  if (said && reads_) end = std::max(letter_end_, std::min(samples_end_, letter_end_ + kLinger));
  if (said && !reads_) end = samples_end_;
  const double silence = Heard() - end;
  if (said && silence >= static_cast<double>(times_.silence_after)) return Endpoint::kSaid;
  if (!said && silence >= static_cast<double>(times_.silence_before)) return Endpoint::kNothingSaid;
  if (Heard() >= static_cast<double>(times_.longest)) return Endpoint::kTooLong;
  return Endpoint::kNone;
}

}  // namespace ds
