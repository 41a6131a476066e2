// A .scorer file: a KenLM binary, then 'EIRT', version 6, mode, alpha, beta, vocabulary automaton.
// Ours of words mode end with 'ALPH' and the alphabet they were made for; older readers stop before.
//
// Plain ARPA files and KenLM binaries are opened too: the automaton is then built from the model's
// own words. Everything is mapped; opening touches a few pages whatever the size.
#ifndef DS_SCORER_SCORER_PACKAGE_H_
#define DS_SCORER_SCORER_PACKAGE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../kenlm/kenlm_shim.h"
#include "const_fst.h"

namespace ds {

constexpr uint32_t kScorerMagic = 0x54524945;    // 'EIRT'
constexpr int32_t kScorerVersion = 6;
constexpr uint32_t kAlphabetMagic = 0x48504c41;  // 'ALPH'

// Values equal the DS_ERR_SCORER_* codes of the C API.
enum ScorerError : int {
  kScorerOk = 0,
  kScorerInvalid = 0x2002,          // mode or alphabet of the scorer do not fit the model
  kScorerUnreadable = 0x2005,       // no such file; a Git LFS pointer
  kScorerInvalidLm = 0x2006,        // no KenLM data, or cut off inside them
  kScorerNoTrie = 0x2007,           // only a language model, and its words are not in it
  kScorerInvalidTrie = 0x2008,      // the automaton is damaged or cut off
  kScorerVersionMismatch = 0x2009,  // package version other than 6
};

// Defaults of 0.9.3, used where a plain language model has none.
constexpr double kDefaultAlpha = 0.931289039105002;
constexpr double kDefaultBeta = 1.1834137581510284;

// What the acoustic model writes: needed to build an automaton and to compare with the package's.
struct OutputAlphabet {
  std::vector<std::string> labels;  // without blank; label i is the string labels[i]
  bool bytes_output = false;        // labels are the bytes 1..255

  int space() const;              // label of " ", or -1
  static OutputAlphabet Bytes();  // of a model with bytes output
  // A file with one label per line; `#` starts a comment line, `\#` is `#`; LF, CR and CRLF end a
  // line; empty lines and a byte-order mark are passed over. False with a sentence in `error`.
  static bool Load(const std::string& path, OutputAlphabet* alphabet, std::string* error);
  // 0.9.3's form: uint16 count, then per label uint16 label, uint16 byte length, bytes.
  static bool Deserialize(const std::string& data, OutputAlphabet* alphabet, std::string* error);
  std::string Serialize() const;
};

// Spells words in labels. `alphabet` must outlive it.
class WordEncoder {
 public:
  explicit WordEncoder(const OutputAlphabet& alphabet);
  // Label + 1 of each character (the longest label that fits), then, unless in bytes mode, the
  // space's; false if a character is not in the alphabet.
  bool Encode(const std::string& word, LabelSequence* out) const;

 private:
  const OutputAlphabet& alphabet_;
  int space_;
  std::array<std::vector<uint16_t>, 256> by_first_byte_;  // labels, longest first
};

class ScorerPackage {
 public:
  ~ScorerPackage();
  ScorerPackage(const ScorerPackage&) = delete;
  ScorerPackage& operator=(const ScorerPackage&) = delete;

  // Returns kScorerOk and the package, or a code and a one-line message.
  static int Open(const std::string& path, const OutputAlphabet& alphabet,
                  std::unique_ptr<ScorerPackage>* package, std::string* message);
  // From memory, which the package keeps (KenLM has a copy of its part).
  static int OpenMemory(std::shared_ptr<const void> data, size_t size,
                        const OutputAlphabet& alphabet, std::unique_ptr<ScorerPackage>* package,
                        std::string* message);

  const dskenlm_model* lm() const { return lm_; }
  const ConstFst& fst() const { return fst_; }
  double alpha() const { return alpha_; }
  double beta() const { return beta_; }
  bool bytes_output() const { return bytes_output_; }
  // Words of a plain language model that the alphabet cannot spell (0 for a package).
  size_t words_left_out() const { return words_left_out_; }

 private:
  ScorerPackage() = default;
  int Load(const uint8_t* data, size_t size, const std::string& name,
           const OutputAlphabet& alphabet, std::string* message);
  int LoadPackage(const uint8_t* data, size_t size, size_t at, const std::string& name,
                  const OutputAlphabet& alphabet, std::string* message);
  int BuildFromWords(const std::string& name, const OutputAlphabet& alphabet,
                     std::string* message);

  dskenlm_model* lm_ = nullptr;
  ConstFst fst_;
  double alpha_ = kDefaultAlpha;
  double beta_ = kDefaultBeta;
  bool bytes_output_ = false;
  size_t words_left_out_ = 0;
  std::vector<uint8_t> built_;      // automaton of a plain language model
  std::shared_ptr<const void> bytes_;  // from memory
  const uint8_t* map_ = nullptr;       // the file
  size_t map_size_ = 0;
};

// Writes language model `lm_path` (a KenLM binary) and `words` as a package, by rename. `words_kept`
// receives how many distinct words the alphabet can spell. Returns a code and a one-line message.
int WriteScorerPackage(const std::string& lm_path, const std::vector<std::string>& words,
                       const OutputAlphabet& alphabet, double alpha, double beta,
                       const std::string& package_path, size_t* words_kept, std::string* message);

}  // namespace ds
#endif  // DS_SCORER_SCORER_PACKAGE_H_
