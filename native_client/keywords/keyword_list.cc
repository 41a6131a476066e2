#include "keywords/keyword_list.h"

#include <cstdlib>
#include <map>
#include <utility>

#include "grammar/phrase_list.h"
#include "grammar/spelling.h"
#include "grammar/text.h"

namespace ds {
namespace {

constexpr size_t kMostPhrases = 20000;  // each costs time in each frame

// Makes keywords of lines; remembers what it had to tell where they are wrong.
class Reader {
 public:
  Reader(const Alphabet& alphabet, std::string name) : speller_(alphabet), name_(std::move(name)) {}

  Keyword Read(const ListedPhrase& line) {
    Keyword keyword = {"", {}, 0};
    std::string phrase;
    bool has_threshold = false;
    for (const ListedWord& word : line) {
      switch (word.text[0]) {
        case '#':
          if (has_threshold) Refuse(word, "a second threshold, expected one");
          keyword.threshold = Threshold(word);
          has_threshold = true;
          break;
        case '@':
          if (!keyword.name.empty()) Refuse(word, "a second name, expected one");
          if (word.text.size() == 1) Refuse(word, "no name, expected one without blanks after @");
          keyword.name = word.text.substr(1);
          break;
        case ':':
          Refuse(word,
                 "a boost, which has no place here: give the phrase a lower threshold, "
                 "for example #0.3");
        default:
          phrase += (phrase.empty() ? "" : " ") + word.text;
          Spell(word, &keyword.words.emplace_back());
      }
    }
    if (keyword.words.empty()) Refuse(line[0], "no phrase, expected one in this line");
    if (!has_threshold) keyword.threshold = kUsualThreshold;
    if (keyword.name.empty()) keyword.name = phrase;
    const auto [found, fresh] = lines_.try_emplace(keyword.words, line[0].place.line);
    if (!fresh) {
      throw GrammarError(
          name_, line[0].place,
          "found '" + phrase + "', which line " + std::to_string(found->second) + " has already");
    }
    return keyword;
  }

 private:
  [[noreturn]] void Refuse(const ListedWord& word, const std::string& what) const {
    throw GrammarError(name_, word.place, "found '" + word.text + "': " + what);
  }

  double Threshold(const ListedWord& word) const {
    const char* digits = word.text.c_str() + 1;
    char* end = nullptr;
    const double value = std::strtod(digits, &end);
    if (end == digits || *end != '\0' || !(value > 0 && value <= 1)) {
      Refuse(word, "no threshold, expected a number above 0 and at most 1 after #");
    }
    return value;
  }

  void Spell(const ListedWord& word, std::vector<int>* labels) const {
    const std::string missing = speller_.Spell(word.text, labels);
    if (missing.empty()) return;
    throw GrammarError(name_, word.place,
                       "the model's alphabet cannot spell " +
                           (missing == word.text ? "" : "'" + missing + "' in ") + "'" + word.text +
                           "': write words as they are spoken, in its letters");
  }

  const WordSpeller speller_;
  const std::string name_;
  std::map<std::vector<std::vector<int>>, uint32_t> lines_;  // of phrases
};

}  // namespace

std::vector<Keyword> ReadKeywords(const std::string& text_or_path, const Alphabet& alphabet) {
  const bool is_text = text_or_path.find_first_of("\r\n") != std::string::npos;
  if (text_or_path.empty()) {
    throw GrammarError("keywords", "is empty: expected a file, or a text of lines");
  }
  const std::string name = is_text ? "keywords" : text_or_path;
  const std::string text = is_text ? CheckedGrammarText(text_or_path, name)
                                   : ReadGrammarText(text_or_path, "a list of keywords");
  const std::vector<ListedPhrase> lines = ParseLines(text, name);
  if (lines.size() > kMostPhrases) {
    throw GrammarError(name, "has " + std::to_string(lines.size()) + " phrases: expected at most " +
                                 std::to_string(kMostPhrases));
  }
  Reader reader(alphabet, name);
  std::vector<Keyword> keywords;
  for (const ListedPhrase& line : lines) keywords.push_back(reader.Read(line));
  return keywords;
}

}  // namespace ds
