// Several recordings in one file: joined MP3s, chained Ogg, WAV files of which `cat` made one.
#ifndef DS_CLIENT_CHAIN_H_
#define DS_CLIENT_CHAIN_H_

#include <memory>
#include <vector>

#include "client/audio_source.h"
#include "client/resampler.h"

namespace ds {

// They are heard one behind the other, at the rate of the first.
class ChainSource : public AudioSource {
 public:
  size_t Read(float* mono, size_t count) final;

 protected:
  // As Read, of the present recording.
  virtual size_t ReadPart(float* mono, size_t count) = 0;
  // Goes on to the next recording, when the present one has ended; its rate in Hz, 0 if there is
  // none.
  virtual int NextPart() = 0;

 private:
  bool ended_ = false;
  std::unique_ptr<Resampler> resampler_;  // of a recording at another rate than the first
  std::vector<float> resampled_;
  size_t used_ = 0;  // of resampled_
};

}  // namespace ds
#endif  // DS_CLIENT_CHAIN_H_
