#include "decoder/hot_words.h"

#include "base/utf8.h"

namespace ds {
namespace {

constexpr float kMostBoost = 1e6f;  // sums of many stay far from infinity

std::vector<std::string> Characters(const std::string& text) {
  std::vector<std::string> characters;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    do ++end;
    while (end < text.size() && !StartsCharacter(static_cast<unsigned char>(text[end])));
    characters.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return characters;
}

std::vector<std::string> SplitWords(const std::string& text) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// What a language model takes for words; a part that cannot be spelt stays whole.
std::vector<std::string> Split(const std::string& text, const Alphabet& alphabet,
                               const Speller& speller) {
  if (alphabet.units() == Units::kCharacters) return Characters(text);
  std::vector<std::string> parts = SplitWords(text);
  if (alphabet.units() == Units::kWords) return parts;
  std::vector<std::string> words;
  for (const std::string& part : parts) {
    std::vector<int> labels;
    if (speller.Spell(part, &labels) < part.size()) {
      words.push_back(part);
      continue;
    }
    for (const int label : labels) words.push_back(alphabet.labels[static_cast<size_t>(label)]);
  }
  return words;
}

}  // namespace

SortedHotWords Sort(const HotWords& hot_words, const Alphabet& alphabet, const Scorer* scorer,
                    bool outside) {
  SortedHotWords sorted;
  const int space = alphabet.bytes_output ? -1 : alphabet.space();
  const Speller speller(alphabet);
  for (const auto& [text, boost] : hot_words) {
    if (!(std::fabs(boost) <= kMostBoost)) {
      throw Error("hot word '" + text + "' has the boost " + std::to_string(boost) +
                  ": expected a number from -1e6 to 1e6");
    }
    const std::vector<std::string> words = Split(text, alphabet, speller);
    if (words.empty()) {
      throw UnspellableWord("hot word '" + text + "' is empty: give a word or a phrase");
    }
    Phrases::Phrase phrase{{}, boost};
    bool known = scorer != nullptr;
    for (const std::string& word : words) {
      std::vector<int> labels;
      const size_t spelt = speller.Spell(word, &labels);
      if (spelt < word.size()) {
        throw UnspellableWord("hot word '" + text + "' has '" + Characters(word.substr(spelt))[0] +
                              "', which is not in the alphabet");
      }
      if (!phrase.labels.empty() && space >= 0) phrase.labels.push_back(space);
      phrase.labels.insert(phrase.labels.end(), labels.begin(), labels.end());
      if (!scorer) continue;
      known = known && scorer->WordId(word) != 0;
      if (scorer->WordId(word) == 0 || !scorer->InLexicon(labels, space)) {
        sorted.added.push_back(word);
      }
    }
    if (known && words.size() == 1 && !outside) {
      sorted.words[words[0]] = boost;
    } else {
      if (scorer) phrase.boost = Bounded(boost * scorer->alpha());
      sorted.phrases.push_back(phrase);
    }
  }
  return sorted;
}

}  // namespace ds
