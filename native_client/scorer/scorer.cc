#include "scorer/scorer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace ds {
namespace {

constexpr double kLog10E = 0.4342944819;  // 0.9.3 divides KenLM's log10 by this

}  // namespace

Scorer::Scorer(std::shared_ptr<const ScorerPackage> package, const Alphabet& alphabet)
    : package_(std::move(package)),
      alpha_(package_->alpha()),
      beta_(package_->beta()),
      order_(package_->lm().order()),
      units_(alphabet.units()) {}

Scorer::Scorer(const std::string& path, const Alphabet& alphabet)
    : Scorer(std::make_shared<ScorerPackage>(path, alphabet), alphabet) {}

Scorer::Scorer(std::shared_ptr<const void> data, size_t size, const Alphabet& alphabet)
    : Scorer(std::make_shared<ScorerPackage>(std::move(data), size, alphabet), alphabet) {}

bool Scorer::InLexicon(const std::vector<int>& labels, int space) const {
  int32_t state = lexicon().start();
  for (int label : labels) state = lexicon().Next(state, label + 1);
  if (units_ == Units::kWords) state = lexicon().Next(state, space + 1);
  return lexicon().IsFinal(state);
}

Scorer::Context Scorer::Begin() const {
  return {package_->lm().Begin(), static_cast<uint32_t>(order_ - 1)};
}

double Scorer::Score(const Context& before, uint32_t word, Context* after) const {
  const double log10 = package_->lm().Score(before.words, word, &after->words);
  const uint32_t memory = static_cast<uint32_t>(order_ - 1);
  after->since_unknown = std::min(before.since_unknown + 1, memory);
  // An unknown word still in the n-gram spoils it, as in 0.9.3.
  return before.since_unknown == memory ? log10 / kLog10E : kUnknownWord;
}

double Scorer::ScoreUnknown(Context* after) const {
  *after = {package_->lm().Nothing(), 0};
  return kUnknownWord;
}

double Scorer::LogProb(const std::vector<std::string>& words, bool begins, bool ends) const {
  const LanguageModel& lm = package_->lm();
  LanguageModel::State before = begins ? lm.Begin() : lm.Nothing(), after;
  double log10 = 0;
  for (const std::string& word : words) {
    const uint32_t id = lm.WordId(word);
    if (id == LanguageModel::kUnknown) return kUnknownWord;
    log10 = lm.Score(before, id, &after);
    std::swap(before, after);
  }
  if (ends) log10 = lm.End(before);
  return log10 * std::log(10.0);
}

}  // namespace ds
