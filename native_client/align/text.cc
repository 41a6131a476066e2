#include "align/text.h"

#include <algorithm>
#include <utility>

#include "base/characters.h"
#include "base/utf8.h"

namespace ds {
namespace {

constexpr size_t kLongestSentence = 20;  // words, after which another may begin

struct Glyph {
  size_t byte, bytes;
  char32_t code;
};

std::vector<Glyph> Glyphs(const std::string& text, size_t begin, size_t end) {
  std::vector<Glyph> glyphs;
  for (size_t at = begin; at < end;) {
    const size_t size = std::min(CharacterAt(text, at).size, end - at);
    glyphs.push_back({at, size, CodeOf(std::string_view(text).substr(at, size))});
    at += size;
  }
  return glyphs;
}

// Takes a text apart.
class Reader {
 public:
  Reader(const Alphabet& alphabet, Text* text)
      : alphabet_(alphabet), speller_(alphabet), text_(*text) {}

  void Read() {
    const std::string& given = text_.given;
    size_t begin = given.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;  // a byte-order mark
    while (begin < given.size()) {
      const size_t end = std::min(given.find_first_of("\r\n", begin), given.size());
      Line(begin, end);
      begin = end + 1;
    }
  }

 private:
  void Line(size_t begin, size_t end) {
    std::vector<Glyph> glyphs = Glyphs(text_.given, begin, end);
    while (!glyphs.empty() && IsSpace(glyphs.back().code)) glyphs.pop_back();
    const auto visible = std::find_if(glyphs.begin(), glyphs.end(),
                                      [](const Glyph& glyph) { return !IsSpace(glyph.code); });
    glyphs.erase(glyphs.begin(), visible);
    if (glyphs.empty()) return;
    const size_t first = text_.words.size(), byte = glyphs.front().byte;
    const bool by_letter = alphabet_.space() < 0;
    begins_ = true;
    for (size_t i = 0; i < glyphs.size();) {
      if (IsSpace(glyphs[i].code)) {
        ++i;
        continue;
      }
      size_t j = i + 1;
      while (j < glyphs.size() && !IsSpace(glyphs[j].code)) ++j;
      if (by_letter) {
        Letters(glyphs, i, j, first);
      } else {
        Word(glyphs, i, j, first);
      }
      i = j;
    }
    const Glyph& last = glyphs.back();
    if (text_.words.size() > first) StretchTo(last, first, byte);
    text_.lines.push_back({byte, last.byte + last.bytes - byte, first, text_.words.size() - first});
  }

  // The line's first word begins with the line, its last one ends with it.
  void StretchTo(const Glyph& last, size_t first, size_t byte) {
    TextPart& begin = text_.words[first];
    begin.bytes += begin.byte - byte;
    begin.byte = byte;
    TextPart& end = text_.words.back();
    end.bytes = last.byte + last.bytes - end.byte;
  }

  // Each letter of glyphs `i` to `j` as a word.
  void Letters(const std::vector<Glyph>& glyphs, size_t i, size_t j, size_t first) {
    while (i < j) {
      size_t next = i + 1;
      while (next < j && Spelt(glyphs, next, i, j).empty()) ++next;
      Word(glyphs, i, next, first);
      i = next;
    }
  }

  // Glyphs `i` to `j` as a word, or at the end of the one before. The line's words are those from
  // `first` on.
  void Word(const std::vector<Glyph>& glyphs, size_t i, size_t j, size_t first) {
    const size_t letters = text_.letters.size(), byte = glyphs[i].byte;
    const size_t bytes = glyphs[j - 1].byte + glyphs[j - 1].bytes - byte;
    Spell(glyphs, i, j);
    if (text_.letters.size() > letters) {
      if (begins_ || ++since_ > kLongestSentence) {
        text_.beginnings.push_back(text_.words.size());
        since_ = 0;
      }
      begins_ = false;
      text_.words.push_back({byte, bytes, letters, text_.letters.size() - letters});
    } else if (text_.words.size() > first) {
      TextPart& before = text_.words.back();
      before.bytes = byte + bytes - before.byte;
    }
    begins_ = begins_ || std::any_of(glyphs.begin() + static_cast<std::ptrdiff_t>(i),
                                     glyphs.begin() + static_cast<std::ptrdiff_t>(j),
                                     [](const Glyph& g) { return EndsSentence(g.code); });
  }

  // Appends the labels and letters of glyphs `i` to `j`.
  void Spell(const std::vector<Glyph>& glyphs, size_t i, size_t j) {
    std::string spelling;
    std::vector<size_t> from;  // the glyph of each byte
    for (size_t k = i; k < j; ++k) {
      spelling += Spelt(glyphs, k, i, j);
      from.resize(spelling.size(), k);
    }
    std::vector<int> labels;
    speller_.Spell(spelling, &labels);
    size_t at = 0, last = glyphs.size();
    for (const int label : labels) {
      const Glyph& glyph = glyphs[from[at]];
      if (from[at] != last) {
        text_.letters.push_back({glyph.byte, glyph.bytes, text_.labels.size(), 0});
      }
      last = from[at];
      at += alphabet_.labels[static_cast<size_t>(label)].size();
      TextPart& letter = text_.letters.back();  // a label may be of several glyphs
      letter.bytes = glyphs[from[at - 1]].byte + glyphs[from[at - 1]].bytes - letter.byte;
      ++letter.count;
      text_.labels.push_back(label);
    }
  }

  // How glyph `k` of the word from `i` to `j` is spelt; "" if it is not.
  std::string Spelt(const std::vector<Glyph>& glyphs, size_t k, size_t i, size_t j) {
    const char32_t code = glyphs[k].code;
    if (IsMark(code)) return "";  // the letter before has taken it
    if (IsApostrophe(code)) {
      const bool inside = k > i && k + 1 < j && !IsPunctuation(glyphs[k - 1].code) &&
                          !IsPunctuation(glyphs[k + 1].code);
      return inside && Knows("'") ? "'" : "";
    }
    if (alphabet_.bytes_output && IsPunctuation(code)) return "";
    const char32_t lower = Lower(code);
    if (k + 1 < j && IsMark(glyphs[k + 1].code)) {
      const char32_t composed = Compose(lower, glyphs[k + 1].code);
      if (composed != 0 && Knows(Utf8Of(composed))) return Utf8Of(composed);
    }
    const std::string as_given = Utf8Of(code), small = Utf8Of(lower), plain = Plain(lower);
    if (!alphabet_.bytes_output && Knows(as_given)) return as_given;
    if (Knows(small)) return small;
    return Knows(plain) ? plain : "";
  }

  bool Knows(const std::string& spelling) {
    return !spelling.empty() && speller_.Spell(spelling, &scratch_) == spelling.size();
  }

  const Alphabet& alphabet_;
  const Speller speller_;
  Text& text_;
  std::vector<int> scratch_;
  bool begins_ = true;  // a sentence begins with the next word
  size_t since_ = 0;    // words after its first
};

}  // namespace

Text::Text(std::string text, const Alphabet& alphabet) : given(std::move(text)) {
  Reader(alphabet, this).Read();
}

}  // namespace ds
