#include "decoder/word_scores.h"

#include <algorithm>
#include <cstring>

namespace ds {
namespace {
constexpr uint64_t kNever = 0;  // no key and no hash in use is expected to be zero
}  // namespace

WordScores::WordScores(const Scorer& scorer, const HotWords& hot_words,
                       const std::vector<std::string>& added_words, bool open)
    : scorer_(scorer),
      hot_words_(hot_words),
      added_words_(added_words),
      order_(static_cast<uint32_t>(scorer.order())),
      open_(open),
      entries_(kEntries, Entry{kNever, {0, 0, 0, false}}),
      words_(kWords, Word{kNever, 0, 0, false}) {
  float largest = 0;
  for (const auto& entry : hot_words_) largest = std::max(largest, entry.second);
  const double boost = static_cast<double>(largest) * order_;
  // A log probability lies between Scorer::kUnknownWord and 0.
  const double best = scorer.alpha() < 0 ? Scorer::kUnknownWord : boost;
  max_bonus_ = Bounded(best * scorer.alpha() + scorer.beta());
  Context start;
  std::memset(&start, 0, sizeof start);
  start.words = scorer.Begin();
  ClearPool(start);
}

void WordScores::ClearPool(const Context& start) {
  pool_.clear();
  hashes_.clear();
  if (index_.capacity() < kFirstSweep) index_.Reserve(kFirstSweep);
  index_.Clear();
  std::fill(entries_.begin(), entries_.end(), Entry{kNever, {0, 0, 0, false}});
  Intern(start);
}

uint32_t WordScores::Intern(const Context& context) {
  static_assert(sizeof(Context) % 4 == 0, "no padding: contexts are compared as bytes");
  uint32_t words[sizeof(Context) / 4];
  std::memcpy(words, &context, sizeof context);
  uint64_t hash = kEmptyHash;
  for (uint32_t word : words) hash = (hash ^ word) * 0x9ddfea08eb382d69u;
  hash = Mix(hash);
  const uint32_t found = index_.Lookup(hash);
  if (found != HashIndex::kNone) return found;
  const uint32_t number = static_cast<uint32_t>(pool_.size());
  pool_.push_back(context);
  hashes_.push_back(hash);
  if (pool_.size() > index_.capacity()) {
    index_.Reserve(2 * pool_.size());
    for (uint32_t i = 0; i < number; ++i) index_.Insert(hashes_[i], i);
  }
  index_.Insert(hash, number);
  return number;
}

WordScores::Word WordScores::Identify(uint64_t hash, const std::string& text) const {
  const auto hot = hot_words_.find(text);
  const uint32_t id = scorer_.WordId(text);
  const bool added =
      std::find(added_words_.begin(), added_words_.end(), text) != added_words_.end();
  return Word{hash, id, hot == hot_words_.end() ? 0.0f : hot->second, id != 0 || added};
}

WordScore WordScores::Compute(uint32_t context, const Word& word) {
  const Context& before = pool_[context];
  Context after;
  std::memset(&after, 0, sizeof after);
  const uint32_t memory = order_ - 1;

  float boost = 0;
  for (uint32_t i = 0; i < memory; ++i) boost += before.hot[i];
  boost += word.hot;
  for (uint32_t i = 0; i + 1 < memory; ++i) after.hot[i] = before.hot[i + 1];
  if (memory > 0) after.hot[memory - 1] = word.hot;

  double log_prob = word.known || open_ ? scorer_.Score(before.words, word.id, &after.words)
                                        : scorer_.ScoreUnknown(&after.words);
  if (open_ && !word.known) log_prob = 0;
  WordScore score;
  score.bonus = Bounded((log_prob + boost) * scorer_.alpha() + scorer_.beta());
  score.plain_bonus = Bounded(log_prob * scorer_.alpha() + scorer_.beta());
  score.context = Intern(after);
  score.known = word.known;
  return score;
}

}  // namespace ds
