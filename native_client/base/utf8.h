// UTF-8, as far as it concerns us: where characters begin, and whether they are whole.
#ifndef DS_BASE_UTF8_H_
#define DS_BASE_UTF8_H_

#include <cstddef>
#include <string_view>

namespace ds {

// U+FFFD, which stands for what is no character.
constexpr char kNoCharacter[] = "\xEF\xBF\xBD";

// True for a byte that begins a character (or is one).
inline bool StartsCharacter(unsigned char byte) { return (byte & 0xC0) != 0x80; }
// Bytes of the character that begins with `byte`; 0 if none can.
inline int CharacterBytes(unsigned char byte) {
  return byte < 0x80         ? 1
         : byte >> 5 == 0x06 ? 2
         : byte >> 4 == 0x0E ? 3
         : byte >> 3 == 0x1E ? 4
                             : 0;
}

// What a text has at a byte: a character, or the bytes that one U+FFFD stands for (as in Unicode's
// chapter 3.9 and in Python: the longest beginning of a character, or a byte that begins none).
struct Character {
  size_t size;
  bool whole;
};
Character CharacterAt(std::string_view text, size_t at);

// Where the first byte is that is no UTF-8; npos: nowhere.
size_t FindBroken(std::string_view text);

// Number of characters, U+FFFDs among them.
size_t CountCharacters(std::string_view text);

}  // namespace ds
#endif  // DS_BASE_UTF8_H_
