#include "segment/speech_detector.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ds {
namespace {

constexpr size_t kMean = 5;        // steps
constexpr size_t kBlock = 25;      // steps: half a second
constexpr size_t kBlocks = 8;      // that the noise is looked for in, before this one
constexpr size_t kWait = 50;       // steps of the first second, which are judged by all of it
constexpr float kSilence = 1e-8f;  // power below which there is nothing to hear: -80 dBFS
constexpr float kDead = 2e-9f;     // above that, where samples are zeros, with dither at most
constexpr float kRoom = 4e-7f;     // what to expect behind these: a quiet room, -64 dBFS
constexpr float kLoudest = 1e-5f;  // of noise in recordings shorter than that: -50 dBFS

}  // namespace

SpeechDetector::SpeechDetector(int sample_rate, float threshold)
    : levels_(sample_rate), threshold_(threshold) {}

void SpeechDetector::Feed(const int16_t* samples, size_t count, std::vector<SpeechStep>* steps) {
  fresh_.clear();
  levels_.Feed(samples, count, &fresh_);
  for (Bands& bands : fresh_) {
    for (float& power : bands) power += kSilence;
    FollowNoise(bands);
    if (steps_ < kWait) {
      waiting_.push_back(bands);
      continue;
    }
    const Bands noise = Noise();
    for (const Bands& early : waiting_) Score(early, noise, steps);
    waiting_.clear();
    Score(bands, noise, steps);
  }
}

void SpeechDetector::Finish(std::vector<SpeechStep>* steps) {
  const Bands noise = Noise();
  for (const Bands& early : waiting_) Score(early, noise, steps);
  waiting_.clear();
  if (pending_) Decide(last_.score, steps);
  pending_ = false;
}

// Zeros say nothing of the room that is heard once a gate opens, or where a recording was joined.
void SpeechDetector::FollowNoise(const Bands& bands) {
  recent_.push_back(bands);
  if (*std::max_element(bands.begin(), bands.end()) < kSilence + kDead) recent_.back().fill(kRoom);
  if (recent_.size() > kMean) recent_.pop_front();
  if (in_block_ == 0) {
    blocks_.emplace_back();
    blocks_.back().fill(std::numeric_limits<float>::max());
    if (blocks_.size() > kBlocks + 1) blocks_.pop_front();
  }
  for (size_t b = 0; b < kBands; ++b) {
    float sum = 0;
    for (const Bands& step : recent_) sum += step[b];
    float& least = blocks_.back()[b];
    least = std::min(least, sum / static_cast<float>(recent_.size()));
  }
  in_block_ = (in_block_ + 1) % kBlock;
  ++steps_;
}

Bands SpeechDetector::Noise() const {
  Bands noise;
  noise.fill(steps_ < kWait ? kLoudest : std::numeric_limits<float>::max());
  for (const Bands& block : blocks_) {
    for (size_t b = 0; b < kBands; ++b) noise[b] = std::min(noise[b], block[b]);
  }
  return noise;
}

void SpeechDetector::Score(const Bands& bands, const Bands& noise, std::vector<SpeechStep>* steps) {
  float score = 0, power = 0;
  for (size_t b = 0; b < kBands; ++b) {
    score += std::log(std::max(1.0f, bands[b] / noise[b]));
    power += bands[b];
  }
  score /= kBands;
  if (pending_) Decide(score, steps);
  before_ = pending_ ? last_.score : score;
  last_ = {score, std::log(power)};
  pending_ = true;
}

// Of the step that waits, once the score of the next one is known.
void SpeechDetector::Decide(float next, std::vector<SpeechStep>* steps) {
  steps->push_back({(before_ + last_.score + next) / 3 > threshold_, last_.level});
}

}  // namespace ds
