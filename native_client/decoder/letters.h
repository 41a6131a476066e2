// A transcript's letters: what a reader takes for one, whatever number of labels it is spelt with.
#ifndef DS_DECODER_LETTERS_H_
#define DS_DECODER_LETTERS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "decoder/output.h"

namespace ds {

struct Letter {
  std::string text;     // valid UTF-8 where the alphabet is
  size_t first, count;  // of its labels among the transcript's
};

// A label is a letter; with bytes output the labels of a character are one, and what is no UTF-8
// becomes U+FFFD. Speech that a grammar does not know is one, [unk].
std::vector<Letter> Letters(const Output& output, const Alphabet& alphabet);

// All of them: the text.
std::string ReadableText(const Output& output, const Alphabet& alphabet);

}  // namespace ds
#endif  // DS_DECODER_LETTERS_H_
