// Where samples come from: a file or a pipe as mono samples, piece by piece.
//
// WAV is read here: integers of 8 to 32 bits, floats, A-law and mu-law, tolerating the header
// faults that are found in practice. Everything else goes through libsndfile, which is looked for
// at run time.
#ifndef DS_CLIENT_AUDIO_SOURCE_H_
#define DS_CLIENT_AUDIO_SOURCE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"

namespace ds {

// Audio that cannot be used: the file and the reason.
class AudioError : public Error {
 public:
  AudioError(const std::string& path, const std::string& reason) : Error(path + ": " + reason) {}
};

class AudioSource {
 public:
  virtual ~AudioSource() = default;
  // The next samples on the scale of int16, all channels averaged: at most `count`, 0 at the end.
  virtual size_t Read(float* mono, size_t count) = 0;

  int rate() const { return rate_; }  // Hz
  int channels() const { return channels_; }
  double frames() const { return frames_; }  // announced or measured; -1: not known

  // What had to be corrected, each once; reading may add more.
  const std::vector<std::string>& notes() const { return notes_; }

 protected:
  // Throws AudioError for numbers that no recording has.
  void CheckFormat(const std::string& path) const;
  void Note(const std::string& text);

  int rate_ = 0;
  int channels_ = 0;
  double frames_ = -1;

 private:
  std::vector<std::string> notes_;
};

// Opens a file by its content, or standard input for "-". There, bytes that are no WAV file are
// samples: 16-bit, mono, little endian, at `raw_rate`. Throws AudioError.
std::unique_ptr<AudioSource> OpenAudio(const std::string& path, int raw_rate);

// A WAV file whose first 12 bytes ("RIFF", size, "WAVE") have been read into `head`. Null if the
// samples are coded in a way that is not read here; then `why_not` says which.
std::unique_ptr<AudioSource> OpenWav(const std::string& path, InputFile file,
                                     const unsigned char* head, std::string* why_not);

// Any other format. `why_not` explains a format that OpenWav left, or is empty.
std::unique_ptr<AudioSource> OpenSndfile(const std::string& path, const std::string& why_not);

// A libsndfile to try before the system's: the one that a Python package brings. "" forgets it.
void SetSndfilePath(const std::string& path);

}  // namespace ds
#endif  // DS_CLIENT_AUDIO_SOURCE_H_
