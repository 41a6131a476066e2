#include "decoder/letters.h"

#include "base/utf8.h"

namespace ds {

std::vector<Letter> Letters(const std::vector<int>& labels, const Alphabet& alphabet) {
  std::vector<Letter> letters;
  letters.reserve(labels.size());
  if (!alphabet.bytes_output) {
    for (size_t i = 0; i < labels.size(); ++i) {
      letters.push_back({alphabet.labels[static_cast<size_t>(labels[i])], i, 1});
    }
    return letters;
  }
  const std::string bytes = alphabet.Decode(labels);  // a byte for each label
  for (size_t at = 0; at < bytes.size();) {
    const Character found = CharacterAt(bytes, at);
    letters.push_back({found.whole ? bytes.substr(at, found.size) : kNoCharacter, at, found.size});
    at += found.size;
  }
  return letters;
}

std::string ReadableText(const std::vector<int>& labels, const Alphabet& alphabet) {
  std::string text;
  for (const Letter& letter : Letters(labels, alphabet)) text += letter.text;
  return text;
}

}  // namespace ds
