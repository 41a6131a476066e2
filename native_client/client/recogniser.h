// A model with its settings, and recordings run through it: the command's side of deepspeech.h.
#ifndef DS_CLIENT_RECOGNISER_H_
#define DS_CLIENT_RECOGNISER_H_

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "client/alignment.h"
#include "client/audio_reader.h"
#include "client/options.h"
#include "client/transcript.h"
#include "deepspeech.h"

namespace ds {

// A failed call of the library, as a line for the user.
class CallError : public Error {
 public:
  CallError(const std::string& what, int code);
};

// How to run a recording, and what to call meanwhile; either function may be empty.
struct Progress {
  std::function<void(double seconds)> fed;               // audio so far
  std::function<void(const std::string& text)> changed;  // the text so far is another
  bool live = false;   // samples arrive as they are spoken: update the text several times a second
  unsigned piece = 0;  // samples fed at a time; 0: as is best
};

struct StreamFreer {
  void operator()(StreamingState* stream) const { DS_FreeStream(stream); }
};
using StreamPointer = std::unique_ptr<StreamingState, StreamFreer>;

// A text, and the file that it is from.
struct NamedText {
  std::string name, text;
};

class Recogniser {
 public:
  // Loads the model, then the scorer if there is one. `say` gets a line for each.
  Recogniser(const Options& options, const std::function<void(const std::string&)>& say);

  int sample_rate() const { return DS_GetModelSampleRate(model_.get()); }

  // Listens for the keywords of a file from where `audio` is to its end, and gives each that is
  // heard as soon as it is. Returns the recording's seconds.
  double Listen(const std::string& path, AudioReader* audio, const std::string& keywords,
                const Progress& progress, double* took,
                const std::function<void(const HeardKeyword& heard)>& give) const;

  // Finds where a recording has a text.
  AlignmentPointer Align(const std::string& path, AudioReader* audio, const NamedText& text,
                         const Progress& progress, double* took) const;

  // Runs a recording from where `audio` is to its end. `took` receives the seconds of recognition
  // alone. Any number of threads may call this.
  Transcript Run(const std::string& path, AudioReader* audio, unsigned candidates,
                 const Progress& progress, double* took) const;

  // Runs each utterance of a recording by itself and gives those in which something was said, when
  // they have ended. Returns the recording's seconds. While it is live, `progress.changed` gets the
  // text since the last one.
  double RunSegments(const std::string& path, AudioReader* audio, const SegmentOptions& how,
                     unsigned candidates, const Progress& progress, double* took,
                     const std::function<void(const Transcript& utterance)>& give) const;

 private:
  StreamPointer NewStream(const std::string& path) const;
  StreamPointer NewListener(const std::string& path, const std::string& keywords) const;

  struct ModelFreer {
    void operator()(ModelState* model) const { DS_FreeModel(model); }
  };
  std::unique_ptr<ModelState, ModelFreer> model_;
};

}  // namespace ds
#endif  // DS_CLIENT_RECOGNISER_H_
