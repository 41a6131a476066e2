#include "client/audio_source.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace ds {
namespace {

// Samples without a header.
class RawSource : public AudioSource {
 public:
  RawSource(SharedInput input, int rate) : input_(std::move(input)) {
    rate_ = rate;
    channels_ = 1;
    input_->Forget();
  }

  size_t Read(float* mono, size_t count) override {
    bytes_.resize(2 * count);
    const size_t got = input_->Read(bytes_.data(), bytes_.size());
    for (size_t i = 0; i < got / 2; ++i) {
      mono[i] = static_cast<int16_t>(bytes_[2 * i] | bytes_[2 * i + 1] << 8);
    }
    if (got % 2) Note(kHalfSample);
    return got / 2;
  }

 private:
  const SharedInput input_;
  std::vector<unsigned char> bytes_;
};

// What is not read here. `why_not`: what is in the way of our reader for WAV files, or empty.
std::unique_ptr<AudioSource> OpenCoded(const std::string& path, const SharedInput& input,
                                       const Signature& is, std::string why_not) {
  input->Store();
  const std::string ours = why_not;
  if (is.reader != Reader::kFfmpeg) {
    if (auto source = OpenSndfile(path, input, is.reader, &why_not)) return source;
  }
  if (is.reader == Reader::kUnknown) {
    throw AudioError(path,
                     "is not audio of a known format: expected WAV, FLAC, Ogg, Opus, MP3 or AIFF");
  }
  std::string nor_here;
  if (auto source = OpenFfmpeg(path, input, is.reader, &nor_here)) return source;
  if (is.reader == Reader::kFfmpeg) why_not = nor_here;
  throw AudioError(path, ours.empty() ? std::string("is ") + is.name + " that cannot be decoded (" +
                                            why_not + ")"
                                      : ours);
}

std::unique_ptr<AudioSource> OpenInput(const std::string& path, const SharedInput& input,
                                       int raw_rate) {
  const Signature is = Recognise(input.get());
  if (is.reader == Reader::kWav) {
    std::string why_not;
    if (auto source = OpenWav(path, input, &why_not)) return source;
    return OpenCoded(path, input, is, why_not);
  }
  if (is.reader == Reader::kNoAudio) {
    throw AudioError(path, std::string("is ") + is.name + ", not audio of a known format");
  }
  if (is.reader != Reader::kUnknown) return OpenCoded(path, input, is, "");
  if (path == "-") return std::make_unique<RawSource>(input, raw_rate);
  const size_t size = input->Peek(12).size();
  if (size == 0) throw AudioError(path, "is empty: expected an audio file");
  if (size < 12) throw AudioError(path, "has only " + std::to_string(size) + " bytes");
  if (input->size() == kUnknownSize) {  // it might never end
    throw AudioError(path,
                     "does not begin like audio of a known format: samples without a header can "
                     "come from standard input only");
  }
  if (*is.name) throw AudioError(path, std::string("is ") + is.name + ", too little to decode");
  return OpenCoded(path, input, is, "");
}

}  // namespace

void AudioSource::CheckFormat(const std::string& path, int rate, int channels) {
  if (!IsRate(rate)) {
    throw AudioError(path, "its header says " + std::to_string(rate) +
                               " Hz: expected a sample rate from 1000 to 768000");
  }
  if (channels < 1 || channels > 1024) {
    throw AudioError(
        path, "its header says " + std::to_string(channels) + " channels: expected 1 or more");
  }
}

void AudioSource::Note(const std::string& text) {
  if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) notes_.push_back(text);
}

std::unique_ptr<AudioSource> OpenAudio(const std::string& path, int raw_rate) {
  try {
    return OpenInput(path, std::make_shared<Input>(path), raw_rate);
  } catch (const AudioError&) {
    throw;
  } catch (const Error& e) {
    throw AudioError(path, e.what());
  }
}

}  // namespace ds
