// An audio file as 16-bit mono samples at the model's rate.
#ifndef DS_CLIENT_AUDIO_READER_H_
#define DS_CLIENT_AUDIO_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "client/audio_source.h"
#include "client/resampler.h"

namespace ds {

class AudioReader {
 public:
  // Opens a file, or standard input for "-". Throws AudioError.
  AudioReader(const std::string& path, int sample_rate);

  // The next samples, at most `count`; 0 at the end.
  size_t Read(int16_t* samples, size_t count);

  // Seconds that the header announces; -1 where it does not.
  double announced_seconds() const;
  // What the user should know about the file, without its name; reading may add more.
  std::vector<std::string> notes() const;

 private:
  void Refill(size_t count);

  std::unique_ptr<AudioSource> source_;
  std::unique_ptr<Resampler> resampler_;  // null: the rates are equal
  std::string resampling_note_;
  std::vector<float> block_;  // as read
  std::vector<float> ready_;  // resampled
  size_t used_ = 0;           // of ready_
  bool ended_ = false;
};

}  // namespace ds
#endif  // DS_CLIENT_AUDIO_READER_H_
