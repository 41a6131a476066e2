#include "decoder/scorer.h"

namespace ds {

Scorer::Scorer(std::unique_ptr<ScorerPackage> package)
    : package_(std::move(package)), alpha_(package_->alpha()), beta_(package_->beta()),
      order_(static_cast<int>(dskenlm_order(package_->lm()))) {}

int Scorer::Open(const std::string& path, const Alphabet& alphabet,
                 std::shared_ptr<Scorer>* scorer, std::string* message) {
  std::unique_ptr<ScorerPackage> package;
  const int code = ScorerPackage::Open(path, alphabet, &package, message);
  return code != kScorerOk ? code : Check(std::move(package), alphabet, scorer, message);
}

int Scorer::OpenMemory(std::shared_ptr<const void> data, size_t size, const Alphabet& alphabet,
                       std::shared_ptr<Scorer>* scorer, std::string* message) {
  std::unique_ptr<ScorerPackage> package;
  const int code =
      ScorerPackage::OpenMemory(std::move(data), size, alphabet, &package, message);
  return code != kScorerOk ? code : Check(std::move(package), alphabet, scorer, message);
}

int Scorer::Check(std::unique_ptr<ScorerPackage> package, const Alphabet& alphabet,
                  std::shared_ptr<Scorer>* scorer, std::string* message) {
  if (!alphabet.bytes_output && alphabet.space() < 0) {
    *message = "the alphabet has no space label: a scorer needs one to know where words end";
    return kScorerInvalid;
  }
  scorer->reset(new Scorer(std::move(package)));
  return kScorerOk;
}

bool Scorer::InLexicon(const std::vector<int>& labels, int space) const {
  int32_t state = lexicon().start();
  for (int label : labels) state = lexicon().Next(state, label + 1);
  if (!bytes_output()) state = lexicon().Next(state, space + 1);
  return lexicon().IsFinal(state);
}

}  // namespace ds
