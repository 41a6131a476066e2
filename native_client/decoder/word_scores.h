// Scores of words after words, remembered: (context, word) -> bonus and the context that follows.
//
// A context is what must be known of the words before: the scorer's context, and the boosts of the
// hot words among the last order-1. Contexts live in a pool and are named by their number; equal
// contexts have equal numbers.
#ifndef DS_DECODER_WORD_SCORES_H_
#define DS_DECODER_WORD_SCORES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "decoder/hash.h"
#include "decoder/hot_words.h"
#include "scorer/scorer.h"

namespace ds {

struct WordScore {
  // (log p + boosts of the hot words in the n-gram) * alpha + beta, in nats.
  float bonus;
  // Without the boosts: for the last word of a text (0.9.3 does not boost that one).
  float plain_bonus;
  uint32_t context;  // after the word
  bool known;        // to the language model, or one of the added words
};

class WordScores {
 public:
  // `hot_words`: single words the language model knows. `added_words`: words that the decoder lets
  // through though the model does not know them; they score as <unk>. `open`: so are all others,
  // whose log p counts as 0: they have another price.
  WordScores(const Scorer& scorer, const HotWords& hot_words,
             const std::vector<std::string>& added_words, bool open);

  uint32_t start() const { return 0; }
  float max_bonus() const { return max_bonus_; }

  // Score of the word with `hash` after `context`; `spell` returns the word when it is new here.
  template <class Spell>
  WordScore Score(uint32_t context, uint64_t hash, Spell spell) {
    const uint64_t key = Mix(hash + context);
    Entry& entry = entries_[key & (kEntries - 1)];
    if (entry.key != key) {
      Word& word = words_[hash & (kWords - 1)];
      if (word.hash != hash) word = Identify(hash, spell());
      entry = Entry{key, Compute(context, word)};
    }
    return entry.score;
  }

  // Forgets the contexts that are not among the `count` in use when there are many, and renumbers.
  bool NeedsSweep() const { return pool_.size() >= sweep_at_; }
  template <class State>
  void Sweep(State* states, size_t count) {
    std::vector<Context> old;
    old.swap(pool_);
    ClearPool(old[0]);
    for (size_t i = 0; i < count; ++i) states[i].context = Intern(old[states[i].context]);
    sweep_at_ = pool_.size() * 4 > kFirstSweep ? pool_.size() * 4 : kFirstSweep;
  }

 private:
  static constexpr size_t kEntries = 1 << 13, kWords = 1 << 11, kFirstSweep = 1 << 12;

  struct Context {
    Scorer::Context words;
    float hot[Scorer::kMaxOrder - 1];  // boosts of the last order-1 words, latest last
  };
  struct Word {
    uint64_t hash;
    uint32_t id;
    float hot;
    bool known;
  };
  struct Entry {
    uint64_t key;
    WordScore score;
  };

  Word Identify(uint64_t hash, const std::string& text) const;
  WordScore Compute(uint32_t context, const Word& word);
  uint32_t Intern(const Context& context);
  void ClearPool(const Context& start);

  const Scorer& scorer_;
  const HotWords hot_words_;
  const std::vector<std::string> added_words_;
  const uint32_t order_;
  const bool open_;
  float max_bonus_;
  std::vector<Context> pool_;
  std::vector<uint64_t> hashes_;  // of the contexts in the pool
  HashIndex index_;
  size_t sweep_at_ = kFirstSweep;
  std::vector<Entry> entries_;  // direct-mapped
  std::vector<Word> words_;
};

}  // namespace ds
#endif  // DS_DECODER_WORD_SCORES_H_
