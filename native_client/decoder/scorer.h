// The language model as the decoder uses it: an opened package, its weights, and hot words sorted
// into those that 0.9.3's formula covers and those that need the phrase automaton.
//
// Threads: read-only after Open and SetWeights; any number of decoders may share one. Other weights
// meanwhile are for a copy: it shares the package.
#ifndef DS_DECODER_SCORER_H_
#define DS_DECODER_SCORER_H_

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "decoder/alphabet.h"
#include "scorer/scorer_package.h"

namespace ds {

// Score of an n-gram with a word that the model does not know, in nats (0.9.3's constant).
constexpr double kUnknownWordScore = -1000.0;

// A damaged scorer can hold any weights and probabilities; the search takes finite sums for granted.
inline float Bounded(double bonus) {
  constexpr double kMost = 1e9;
  return static_cast<float>(std::isnan(bonus) ? kUnknownWordScore : std::clamp(bonus, -kMost, kMost));
}

// Boosts by hot word or phrase, in UTF-8.
using HotWords = std::map<std::string, float>;

class Scorer {
 public:
  // Opens a .scorer, a KenLM binary or an ARPA file for an alphabet. Returns 0 and the scorer, or a
  // code (ScorerError) and one line.
  static int Open(const std::string& path, const Alphabet& alphabet,
                  std::shared_ptr<Scorer>* scorer, std::string* message);
  static int OpenMemory(std::shared_ptr<const void> data, size_t size, const Alphabet& alphabet,
                        std::shared_ptr<Scorer>* scorer, std::string* message);

  void SetWeights(double alpha, double beta) {
    alpha_ = alpha;
    beta_ = beta;
  }
  double alpha() const { return alpha_; }  // weight of the log probability
  double beta() const { return beta_; }    // added per word (bytes mode: per character)
  int order() const { return order_; }
  bool bytes_output() const { return package_->bytes_output(); }
  const ConstFst& lexicon() const { return package_->fst(); }
  const dskenlm_model* lm() const { return package_->lm(); }
  const ScorerPackage& package() const { return *package_; }

  uint32_t WordId(const std::string& word) const {
    return dskenlm_index(lm(), word.data(), word.size());
  }
  // True if the lexicon lets the decoder write `labels` (without space) as one word.
  bool InLexicon(const std::vector<int>& labels, int space) const;

 private:
  explicit Scorer(std::unique_ptr<ScorerPackage> package);
  static int Check(std::unique_ptr<ScorerPackage> package, const Alphabet& alphabet,
                   std::shared_ptr<Scorer>* scorer, std::string* message);

  std::shared_ptr<const ScorerPackage> package_;  // copies of this object share it
  double alpha_;
  double beta_;
  int order_;
};

}  // namespace ds
#endif  // DS_DECODER_SCORER_H_
