// Words of a transcript with their times.
#ifndef DS_DECODER_WORDS_H_
#define DS_DECODER_WORDS_H_

#include <string>
#include <vector>

#include "base/alphabet.h"
#include "decoder/output.h"

namespace ds {

struct Word {
  std::string text;
  uint32_t start;       // frame in which its first label appeared
  uint32_t end;         // one past the last frame of its last label
  double confidence;    // geometric mean of the labels' highest probabilities, 0..1
  size_t first, count;  // of its labels among the transcript's
};

// The words between spaces; all of the text is one word where the alphabet has no space.
std::vector<Word> Words(const Output& output, const Alphabet& alphabet);

}  // namespace ds
#endif  // DS_DECODER_WORDS_H_
