// UTF-8, as far as it concerns us: where characters begin.
#ifndef DS_BASE_UTF8_H_
#define DS_BASE_UTF8_H_

namespace ds {

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

}  // namespace ds
#endif  // DS_BASE_UTF8_H_
