#include "grammar/spelling.h"

#include "base/characters.h"
#include "base/utf8.h"

namespace ds {

bool WordSpeller::Knows(const std::string& spelling) const {
  std::vector<int> labels;
  return !spelling.empty() && speller_.Spell(spelling, &labels) == spelling.size();
}

std::string WordSpeller::Spell(const std::string& word, std::vector<int>* labels) const {
  if (speller_.Spell(word, labels) == word.size() && !alphabet_.bytes_output) return "";
  std::string spelling;
  for (size_t at = 0; at < word.size();) {
    const size_t size = CharacterAt(word, at).size;
    const std::string given = word.substr(at, size);
    at += size;
    const char32_t code = CodeOf(given), lower = Lower(code);
    const size_t mark_size = at < word.size() ? CharacterAt(word, at).size : 0;
    const char32_t mark = mark_size > 0 ? CodeOf(word.substr(at, mark_size)) : 0;
    const char32_t composed = mark != 0 && IsMark(mark) ? Compose(lower, mark) : 0;
    if (composed != 0 && Knows(Utf8Of(composed))) {
      spelling += Utf8Of(composed);
      at += mark_size;
    } else if (!alphabet_.bytes_output && Knows(given)) {
      spelling += given;
    } else if (Knows(Utf8Of(lower))) {
      spelling += Utf8Of(lower);
    } else if (Knows(Plain(lower))) {
      spelling += Plain(lower);
    } else if (IsApostrophe(code) && Knows("'")) {
      spelling += "'";
    } else if (!IsMark(code)) {  // the letter before goes without it
      return given;
    }
  }
  if (spelling.empty()) return word;
  speller_.Spell(spelling, labels);
  return "";
}

}  // namespace ds
