#include "grammar/text.h"

#include <algorithm>

#include "base/file.h"
#include "base/utf8.h"
#include "grammar/tree.h"

namespace ds {
namespace {

constexpr size_t kMostBytes = 8 << 20;  // 100,000 phrases have about 3 MB

// Letters of most languages have a zero in the same half of each pair of bytes.
bool IsUtf16(const std::string& text) {
  if (text.compare(0, 2, "\xFF\xFE") == 0 || text.compare(0, 2, "\xFE\xFF") == 0) return true;
  size_t zeros[2] = {0, 0};
  for (size_t at = 0; at < text.size(); ++at) zeros[at % 2] += text[at] == '\0';
  const auto [fewer, more] = std::minmax(zeros[0], zeros[1]);
  return 4 * more > text.size() && 20 * fewer < text.size();
}

}  // namespace

std::string CheckedGrammarText(std::string text, const std::string& name) {
  if (text.size() > kMostBytes) {
    throw GrammarError(name, "has " + std::to_string(text.size() >> 20) +
                                 " MB: expected at most 8; 100,000 phrases have about 3");
  }
  if (IsUtf16(text)) {
    throw GrammarError(name, "is UTF-16: expected text in UTF-8 (iconv -f UTF-16 -t UTF-8)");
  }
  if (text.compare(0, 3, "\xEF\xBB\xBF") == 0) text.erase(0, 3);
  Place place;
  for (size_t at = 0; at < text.size();) {
    const Character character = CharacterAt(text, at);
    if (text[at] == '\0') {
      throw GrammarError(name, place, "found a NUL byte, expected text in UTF-8: this is none");
    }
    if (!character.whole) {
      throw GrammarError(name, place,
                         "found a byte that is no UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8)");
    }
    ++place.column;
    if (text[at] == '\n') place = {place.line + 1, 1};
    at += character.size;
  }
  return text;
}

std::string ReadGrammarText(const std::string& path, const std::string& expected) {
  std::string text;
  try {
    text = ReadAll(path);
  } catch (const Error& e) {
    throw GrammarError(path, std::string(e.what()) + ": expected " + expected + ", as a file");
  }
  return CheckedGrammarText(std::move(text), path);
}

}  // namespace ds
