#include "base/utf8.h"

#include <algorithm>

namespace ds {
namespace {

// Whether `byte` may follow the first byte of a character: what would spell a character with more
// bytes than it needs, half of a surrogate pair or a number above 0x10FFFF is none.
bool MaySecond(unsigned char first, unsigned char byte) {
  switch (first) {
    case 0xE0:
      return byte >= 0xA0 && byte <= 0xBF;
    case 0xED:
      return byte >= 0x80 && byte <= 0x9F;
    case 0xF0:
      return byte >= 0x90 && byte <= 0xBF;
    case 0xF4:
      return byte >= 0x80 && byte <= 0x8F;
    default:
      return byte >= 0x80 && byte <= 0xBF;
  }
}

}  // namespace

Character CharacterAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, true};
  if (first < 0xC2 || first > 0xF4) return {1, false};
  const size_t wanted = static_cast<size_t>(CharacterBytes(first));
  const size_t there = std::min(wanted, text.size() - at);
  size_t size = 1;
  while (size < there && (size == 1 ? MaySecond(first, byte(1)) : !StartsCharacter(byte(size)))) {
    ++size;
  }
  return {size, size == wanted};
}

size_t FindBroken(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Character character = CharacterAt(text, at);
    if (!character.whole) return at;
    at += character.size;
  }
  return std::string_view::npos;
}

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at += CharacterAt(text, at).size) ++count;
  return count;
}

}  // namespace ds
