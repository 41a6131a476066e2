// The language model as the decoder uses it: what words score after one another, and which labels
// may follow.
//
// Threads: read-only after its constructor and SetWeights; any number of decoders may share one. To
// change the weights meanwhile, copy it: the copy shares the package.
#ifndef DS_SCORER_SCORER_H_
#define DS_SCORER_SCORER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "scorer/const_fst.h"
#include "scorer/scorer_package.h"

namespace ds {

class Scorer {
 public:
  // Score of an n-gram with a word that the model does not know, in nats (0.9.3's constant).
  static constexpr double kUnknownWord = -1000.0;
  static constexpr int kMaxOrder = LanguageModel::kMaxOrder;

  // The words before, as far as they matter. Plain memory without padding: equal contexts are equal
  // bytes.
  struct Context {
    LanguageModel::State words;
    uint32_t since_unknown;  // words after the last unknown one, at most order - 1
  };

  // Opens a .scorer, a KenLM binary or an ARPA file for an alphabet. Throws Error.
  Scorer(const std::string& path, const Alphabet& alphabet);
  Scorer(std::shared_ptr<const void> data, size_t size, const Alphabet& alphabet);

  void SetWeights(double alpha, double beta) {
    alpha_ = alpha;
    beta_ = beta;
  }
  double alpha() const { return alpha_; }  // weight of the log probability
  double beta() const { return beta_; }    // added per word
  int order() const { return order_; }
  Units units() const { return units_; }  // what is a word to it
  bool bytes_output() const { return package_->bytes_output(); }
  size_t words_left_out() const { return package_->words_left_out(); }
  const ConstFst& lexicon() const { return package_->fst(); }
  // True if the lexicon lets the decoder write `labels` (without space) as one word.
  bool InLexicon(const std::vector<int>& labels, int space) const;

  // Id of a word, 0 if the model does not know it.
  uint32_t WordId(const std::string& word) const { return package_->lm().WordId(word); }

  Context Begin() const;
  // log p(word | before) in nats; kUnknownWord while an unknown word is in the n-gram. `after` must
  // not be `before`.
  double Score(const Context& before, uint32_t word, Context* after) const;
  // The same for a word that the model does not know.
  double ScoreUnknown(Context* after) const;
  // log p of the last of `words` after the others, or of the sentence's end after all of them;
  // kUnknownWord if one is unknown. `begins`: a sentence begins with the first.
  double LogProb(const std::vector<std::string>& words, bool begins, bool ends) const;

 private:
  Scorer(std::shared_ptr<const ScorerPackage> package, const Alphabet& alphabet);

  std::shared_ptr<const ScorerPackage> package_;  // copies of this object share it
  double alpha_;
  double beta_;
  int order_;
  Units units_;
};

}  // namespace ds
#endif  // DS_SCORER_SCORER_H_
