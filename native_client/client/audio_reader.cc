#include "client/audio_reader.h"

#include <algorithm>
#include <cmath>

namespace ds {

AudioReader::AudioReader(const std::string& path, int sample_rate)
    : source_(OpenAudio(path, sample_rate)) {
  const int rate = source_->rate();
  if (rate == sample_rate) return;
  resampler_ = std::make_unique<Resampler>(rate, sample_rate);
  resampling_note_ =
      "is resampled from " + std::to_string(rate) + " to " + std::to_string(sample_rate) + " Hz";
  if (rate < sample_rate) {
    resampling_note_ += "; up-sampling might produce erratic speech recognition";
  }
}

size_t AudioReader::Read(int16_t* samples, size_t count) {
  if (used_ == ready_.size() && !ended_) Refill(count);
  const size_t given = std::min(count, ready_.size() - used_);
  for (size_t i = 0; i < given; ++i) {
    const float value = std::nearbyint(ready_[used_ + i]);
    samples[i] = static_cast<int16_t>(std::min(32767.0f, std::max(-32768.0f, value)));
  }
  used_ += given;
  return given;
}

void AudioReader::Refill(size_t count) {
  used_ = 0;
  ready_.clear();
  block_.resize(count);
  while (ready_.empty() && !ended_) {
    const size_t got = source_->Read(block_.data(), count);
    ended_ = got == 0;
    if (!resampler_) {
      ready_.assign(block_.begin(), block_.begin() + static_cast<std::ptrdiff_t>(got));
    } else if (ended_) {
      resampler_->Finish(&ready_);
    } else {
      resampler_->Feed(block_.data(), got, &ready_);
    }
  }
}

double AudioReader::announced_seconds() const {
  return source_->frames() < 0 ? -1 : source_->frames() / source_->rate();
}

std::vector<std::string> AudioReader::notes() const {
  std::vector<std::string> notes = source_->notes();
  if (!resampling_note_.empty()) notes.push_back(resampling_note_);
  return notes;
}

}  // namespace ds
