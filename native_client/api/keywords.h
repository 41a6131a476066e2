// Phrases that a stream listens for, and those that it has heard.
#ifndef DS_API_KEYWORDS_H_
#define DS_API_KEYWORDS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/alphabet.h"
#include "deepspeech.h"
#include "keywords/keyword_list.h"
#include "keywords/spotter.h"

namespace ds {

class KeywordWatch {
 public:
  KeywordWatch(std::vector<Keyword> keywords, const Alphabet& alphabet, int space)
      : keywords_(std::move(keywords)), spotter_(keywords_, alphabet), space_(space) {}

  // Returns true where half a second of silence makes what comes the beginning of an utterance.
  bool Step(const float* probs, int frames, int classes);
  // The audio ends here.
  void Finish() {
    spotter_.Finish(&hits_);
    ended_ = true;
  }
  bool ended() const { return ended_; }

  // What was heard since the last call, valid until the next one.
  const std::vector<HeardKeyword>& Take(double step_seconds);

 private:
  const std::vector<Keyword> keywords_;
  Spotter spotter_;
  const int space_;  // a label that says as little as the blank does, or -1
  int silent_ = 0;   // frames since something was said
  std::vector<KeywordHit> hits_;
  std::vector<HeardKeyword> given_;
  bool ended_ = false;
};

}  // namespace ds
#endif  // DS_API_KEYWORDS_H_
