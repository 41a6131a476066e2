// Where samples come from: a file or a pipe as mono samples, piece by piece.
//
// WAV is read here: integers of 8 to 64 bits, floats, A-law and mu-law, tolerating the header
// faults that are found in practice. Everything else goes through libsndfile, which is looked for
// at run time, and what that does not know through the program ffmpeg.
#ifndef DS_CLIENT_AUDIO_SOURCE_H_
#define DS_CLIENT_AUDIO_SOURCE_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "client/input.h"
#include "client/signature.h"

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
  static void CheckFormat(const std::string& path, int rate, int channels);
  static bool IsRate(int rate) { return rate >= 1000 && rate <= 768000; }
  void Note(const std::string& text);

  int rate_ = 0;
  int channels_ = 0;
  double frames_ = -1;

 private:
  std::vector<std::string> notes_;
};

// A number that is finite as a float, and as a sum of some: what is louder is clipped all the same.
// Infinity and NaN stay.
template <class Real>
Real Bounded(Real value) {
  constexpr Real kLoudest = 1e30f;
  return std::isfinite(value) ? std::clamp(value, -kLoudest, kLoudest) : value;
}

// What happened to a recording that is read all the same; util/audio/reading.py says the same.
constexpr char kShort[] = "is shorter than its header says: used what is there";
constexpr char kUnsized[] = "has no length in its header: read to the end of the file";
constexpr char kDamaged[] = "is damaged: what cannot be decoded is left out or silent";
constexpr char kJoined[] = "holds several recordings in a row: read them all";
constexpr char kFirstOnly[] = "holds several recordings in a row: read the first alone";
constexpr char kHalfSample[] = "ends in the middle of a sample: dropped the incomplete one";
constexpr char kNotFinite[] = "contains NaN or infinity: set to 0";

// Opens a file by its content, or standard input for "-". There, bytes that are of no known kind
// are samples: 16-bit, mono, little endian, at `raw_rate`. Throws AudioError.
std::unique_ptr<AudioSource> OpenAudio(const std::string& path, int raw_rate);

// The readers. Each gives null where somebody else may know more, and then says in `why_not` what
// is in the way.
using SharedInput = std::shared_ptr<Input>;
std::unique_ptr<AudioSource> OpenWav(const std::string& path, SharedInput input,
                                     std::string* why_not);
std::unique_ptr<AudioSource> OpenSndfile(const std::string& path, SharedInput input, Reader reader,
                                         std::string* why_not);
std::unique_ptr<AudioSource> OpenFfmpeg(const std::string& path, SharedInput input, Reader reader,
                                        std::string* why_not);

// A libsndfile to try before the system's: the one that a Python package brings. "" forgets it.
void SetSndfilePath(const std::string& path);

}  // namespace ds
#endif  // DS_CLIENT_AUDIO_SOURCE_H_
