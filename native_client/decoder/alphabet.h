// Labels of the network's output; the CTC blank comes after the last one and is not written.
#ifndef DS_DECODER_ALPHABET_H_
#define DS_DECODER_ALPHABET_H_

#include <string>
#include <vector>

#include "scorer/scorer_package.h"

namespace ds {

class Alphabet : public OutputAlphabet {
 public:
  // The bytes 1 to 255: label i is byte i + 1.
  static Alphabet Bytes() {
    Alphabet alphabet;
    static_cast<OutputAlphabet&>(alphabet) = OutputAlphabet::Bytes();
    return alphabet;
  }

  int size() const { return static_cast<int>(labels.size()); }
  int blank() const { return size(); }
  std::string Decode(const std::vector<int>& ids) const;
  // Longest label first; false, and where it stopped, if a character is in no label.
  bool Encode(const std::string& text, std::vector<int>* ids, size_t* stopped_at) const;
};

// True for a byte that begins a UTF-8 character (or stands alone).
inline bool StartsCharacter(unsigned char byte) { return (byte & 0xC0) != 0x80; }
// Bytes of the UTF-8 character that begins with `byte`; 0 if none can.
inline int CharacterBytes(unsigned char byte) {
  return byte < 0x80 ? 1 : byte >> 5 == 0x06 ? 2 : byte >> 4 == 0x0E ? 3 : byte >> 3 == 0x1E ? 4 : 0;
}

}  // namespace ds
#endif  // DS_DECODER_ALPHABET_H_
