#include "grammar/phrase_list.h"

#include <algorithm>
#include <utility>

#include "base/characters.h"
#include "base/utf8.h"

namespace ds {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

// A text that is read from its beginning to its end.
class Cursor {
 public:
  explicit Cursor(const std::string& text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  char Now() const { return AtEnd() ? '\0' : text_[at_]; }
  Place place() const { return place_; }
  std::string Take() {  // a character
    const std::string taken = text_.substr(at_, CharacterAt(text_, at_).size);
    ++place_.column;
    if (taken == "\n") place_ = {place_.line + 1, 1};
    at_ += taken.size();
    return taken;
  }
  void PassBlanks() {
    while (IsBlank(Now())) Take();
  }
  std::string Shown() const {
    return AtEnd() ? "the end of the text"
                   : "'" + text_.substr(at_, CharacterAt(text_, at_).size) + "'";
  }

 private:
  const std::string& text_;
  size_t at_ = 0;
  Place place_;
};

// Collects the words of a phrase, character by character.
class PhraseMaker {
 public:
  void Add(const std::string& character, Place place) {
    if (character.size() == 1 && IsBlank(character[0])) {
      within_ = false;
      return;
    }
    if (!within_) phrase_.push_back({"", place});
    within_ = true;
    phrase_.back().text += character;
  }
  ListedPhrase Take() {
    within_ = false;
    return std::exchange(phrase_, {});
  }

 private:
  ListedPhrase phrase_;
  bool within_ = false;
};

// A string of JSON, after its first quote.
class JsonString {
 public:
  JsonString(Cursor* cursor, const std::string& name) : cursor_(*cursor), name_(name) {}

  ListedPhrase Read() {
    const Place begin = cursor_.place();
    PhraseMaker phrase;
    for (;;) {
      const Place place = cursor_.place();
      if (cursor_.AtEnd()) throw GrammarError(name_, begin, "the string does not end: expected \"");
      const std::string character = cursor_.Take();
      if (character == "\"") return phrase.Take();
      phrase.Add(character == "\\" ? Escaped(place) : character, place);
    }
  }

 private:
  std::string Escaped(Place place) {
    const std::string what = cursor_.AtEnd() ? "" : cursor_.Take();
    if (what == "\"" || what == "\\" || what == "/") return what;
    if (what == "b" || what == "f" || what == "n" || what == "r" || what == "t") return " ";
    if (what != "u") throw GrammarError(name_, place, "found '\\" + what + "', which JSON lacks");
    char32_t code = Hex(place);
    if (code >= 0xD800 && code < 0xDC00) {  // and its other half
      const bool more =
          !cursor_.AtEnd() && cursor_.Take() == "\\" && !cursor_.AtEnd() && cursor_.Take() == "u";
      const char32_t low = more ? Hex(place) : 0;
      if (low < 0xDC00 || low > 0xDFFF) {
        throw GrammarError(name_, place, "found half a character (\\uD800 to \\uDFFF)");
      }
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code == 0 || (code >= 0xDC00 && code < 0xE000)) {
      throw GrammarError(name_, place, "found a character that no text has");
    }
    return Utf8Of(code);
  }

  char32_t Hex(Place place) {
    char32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      const std::string digit = cursor_.AtEnd() ? "" : cursor_.Take();
      const char c = digit.size() == 1 ? digit[0] : '\0';
      const int value = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (value < 0) throw GrammarError(name_, place, "expected \\u and four hexadecimal digits");
      code = code * 16 + static_cast<char32_t>(value);
    }
    return code;
  }

  Cursor& cursor_;
  const std::string& name_;
};

}  // namespace

std::vector<ListedPhrase> ParseLines(const std::string& text, const std::string& name) {
  std::vector<ListedPhrase> phrases;
  Cursor cursor(text);
  PhraseMaker phrase;
  const auto end_line = [&] {
    ListedPhrase words = phrase.Take();
    if (!words.empty() && words[0].text[0] != '#') phrases.push_back(std::move(words));
  };
  while (!cursor.AtEnd()) {
    const Place place = cursor.place();
    const std::string character = cursor.Take();
    if (character == "\n" || character == "\r") {
      end_line();
    } else {
      phrase.Add(character, place);
    }
  }
  end_line();
  if (phrases.empty()) throw GrammarError(name, "has no phrase: expected one in each line");
  return phrases;
}

bool IsJsonList(const std::string& text) {
  const auto next = [&](size_t at) { return text.find_first_not_of(" \t\r\n\f", at); };
  const size_t begin = next(0);
  if (begin == std::string::npos || text[begin] != '[') return false;
  const size_t inside = next(begin + 1);
  return inside == std::string::npos || text[inside] == '"' || text[inside] == ']';
}

std::vector<ListedPhrase> ParseJsonList(const std::string& text, const std::string& name) {
  std::vector<ListedPhrase> phrases;
  Cursor cursor(text);
  const auto expect = [&](bool good, const std::string& expected) {
    if (!good) {
      throw GrammarError(name, cursor.place(),
                         "found " + cursor.Shown() + ", expected " + expected);
    }
  };
  cursor.PassBlanks();
  expect(cursor.Now() == '[', "'['");
  cursor.Take();
  cursor.PassBlanks();
  while (cursor.Now() != ']') {
    expect(cursor.Now() == '"', "a phrase in double quotes");
    cursor.Take();
    ListedPhrase phrase = JsonString(&cursor, name).Read();
    if (!phrase.empty()) phrases.push_back(std::move(phrase));
    cursor.PassBlanks();
    expect(cursor.Now() == ',' || cursor.Now() == ']', "',' or ']'");
    if (cursor.Now() == ']') break;
    cursor.Take();
    cursor.PassBlanks();
    expect(cursor.Now() == '"', "a phrase in double quotes");
  }
  cursor.Take();
  cursor.PassBlanks();
  expect(cursor.AtEnd(), "the end of the text after ']'");
  if (phrases.empty()) throw GrammarError(name, "the list has no phrase");
  return phrases;
}

}  // namespace ds
