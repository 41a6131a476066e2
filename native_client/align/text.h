// A text as it was given, and the labels that a network is expected to say for it.
#ifndef DS_ALIGN_TEXT_H_
#define DS_ALIGN_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/alphabet.h"

namespace ds {

// A stretch of the text's bytes, and of the items below it: words of a line, labels of a word or of
// a letter.
struct TextPart {
  size_t byte, bytes;
  size_t first, count;
};

// Lines are those of the text that are not blank. A word is what stands between spaces, with the
// punctuation at it; where the alphabet has no space, each letter is a word. What cannot be spelt
// at all (a dash, digits) belongs to the word before, or to the first.
//
// A character is spelt as it is, or as a small letter, or composed with the accent that follows, or
// without its accent, in the order of what the alphabet has; an apostrophe counts between letters.
// All others are left out.
struct Text {
  Text(std::string given, const Alphabet& alphabet);

  std::string Of(const TextPart& part) const { return given.substr(part.byte, part.bytes); }

  std::string given;
  std::vector<int> labels;
  std::vector<TextPart> letters;   // of labels
  std::vector<TextPart> words;     // of letters; each has one at least
  std::vector<TextPart> lines;     // of words; may have none
  std::vector<size_t> beginnings;  // words at which a reader may begin again: of sentences
};

}  // namespace ds
#endif  // DS_ALIGN_TEXT_H_
