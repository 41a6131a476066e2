// Labels of the network's output, and text spelt in them. The CTC blank comes after the last label
// and is not written.
#ifndef DS_BASE_ALPHABET_H_
#define DS_BASE_ALPHABET_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ds {

// What a language model takes for a word of a text.
enum class Units {
  kWords,       // what stands between spaces
  kCharacters,  // bytes output: a character, of one to four labels
  kLabels       // no space among the labels, as in scripts that write none: a label
};

struct Alphabet {
  std::vector<std::string> labels;  // without blank; label i is the string labels[i]
  bool bytes_output = false;        // labels are the bytes 1..255: label i is byte i + 1

  static Alphabet Bytes();  // of a model with bytes output
  // A file with one label per line; `#` starts a comment line, `\#` is `#`; LF, CR and CRLF end a
  // line; empty lines and a byte-order mark are skipped. Throws Error.
  static Alphabet Load(const std::string& path);
  // 0.9.3's form: uint16 count, then per label uint16 label, uint16 byte length, bytes. Throws
  // Error.
  static Alphabet Deserialize(const std::string& data);
  std::string Serialize() const;

  int size() const { return static_cast<int>(labels.size()); }
  int blank() const { return size(); }
  int space() const;  // label of " ", or -1
  Units units() const {
    return bytes_output ? Units::kCharacters : space() < 0 ? Units::kLabels : Units::kWords;
  }
  std::string Decode(const std::vector<int>& ids) const;
};

// Spells text in labels, the longest that fits first. `alphabet` must outlive it.
class Speller {
 public:
  explicit Speller(const Alphabet& alphabet);
  // Returns how many bytes of `text` could be spelt: all of them, or those before the first
  // character that is in no label.
  size_t Spell(const std::string& text, std::vector<int>* ids) const;

 private:
  const Alphabet& alphabet_;
  std::array<std::vector<uint16_t>, 256> by_first_byte_;  // labels, longest first
};

}  // namespace ds
#endif  // DS_BASE_ALPHABET_H_
