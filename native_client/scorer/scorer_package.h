// A .scorer file: a KenLM binary, then 'EIRT', version 6, mode, alpha, beta, vocabulary automaton.
// Ours of words mode end with 'ALPH' and the alphabet they were made for; older readers stop
// before.
//
// Plain ARPA files and KenLM binaries are opened too: the automaton is then built from the model's
// own words. Everything is mapped; opening touches a few pages whatever the size.
#ifndef DS_SCORER_SCORER_PACKAGE_H_
#define DS_SCORER_SCORER_PACKAGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "base/file.h"
#include "base/mapped_file.h"
#include "scorer/const_fst.h"
#include "scorer/language_model.h"

namespace ds {

constexpr uint32_t kScorerMagic = 0x54524945;  // 'EIRT'
constexpr int32_t kScorerVersion = 6;

// Defaults of 0.9.3, used where a plain language model has none.
constexpr double kDefaultAlpha = 0.931289039105002;
constexpr double kDefaultBeta = 1.1834137581510284;

// Read-only once it is open. The constructors throw Error with a DS_ERR_*SCORER* code:
// INVALID_SCORER where the mode or the alphabet do not fit the model, SCORER_UNREADABLE for no file
// or a Git LFS pointer, SCORER_INVALID_LM for no KenLM data or data cut off, SCORER_NO_TRIE for a
// language model without its words, SCORER_INVALID_TRIE for a damaged automaton,
// SCORER_VERSION_MISMATCH for a package version other than 6.
class ScorerPackage {
 public:
  ScorerPackage(const std::string& path, const Alphabet& alphabet);
  // From memory, which the package keeps (KenLM has a copy of its part).
  ScorerPackage(std::shared_ptr<const void> data, size_t size, const Alphabet& alphabet);

  const LanguageModel& lm() const { return lm_; }
  const ConstFst& fst() const { return fst_; }
  double alpha() const { return alpha_; }
  double beta() const { return beta_; }
  bool bytes_output() const { return bytes_output_; }
  // Words of a plain language model that the alphabet cannot spell (0 for a package).
  size_t words_left_out() const { return words_left_out_; }

 private:
  ScorerPackage(const Fd& file, const std::string& path, const Alphabet& alphabet);
  void Load(std::string_view data, const std::string& name, const Alphabet& alphabet);
  void LoadPackage(std::string_view data, size_t at, const std::string& name,
                   const Alphabet& alphabet);
  void BuildFromWords(const std::string& name, const Alphabet& alphabet);

  MappedFile file_;
  std::shared_ptr<const void> memory_;
  LanguageModel lm_;
  ConstFst fst_;
  double alpha_ = kDefaultAlpha;
  double beta_ = kDefaultBeta;
  bool bytes_output_ = false;
  size_t words_left_out_ = 0;
  std::vector<uint8_t> built_;  // automaton of a plain language model
};

}  // namespace ds
#endif  // DS_SCORER_SCORER_PACKAGE_H_
