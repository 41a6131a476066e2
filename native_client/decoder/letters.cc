#include "decoder/letters.h"

#include "base/utf8.h"

namespace ds {

namespace {

std::vector<Letter> Spelt(const std::vector<int>& labels, const Alphabet& alphabet) {
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

}  // namespace

std::vector<Letter> Letters(const Output& output, const Alphabet& alphabet) {
  std::vector<Letter> spelt = Spelt(output.tokens, alphabet);
  if (output.reading.unknown.empty()) return spelt;
  std::vector<Letter> letters;
  auto unknown = output.reading.unknown.begin();
  for (const Letter& letter : spelt) {
    while (unknown != output.reading.unknown.end() &&
           letter.first >= unknown->first + unknown->count) {
      ++unknown;
    }
    if (unknown == output.reading.unknown.end() || letter.first < unknown->first) {
      letters.push_back(letter);
    } else if (!letters.empty() && letters.back().first >= unknown->first) {
      letters.back().count += letter.count;
    } else {
      letters.push_back({kUnknownSpeech, letter.first, letter.count});
    }
  }
  return letters;
}

std::string ReadableText(const Output& output, const Alphabet& alphabet) {
  std::string text;
  for (const Letter& letter : Letters(output, alphabet)) text += letter.text;
  return text;
}

}  // namespace ds
