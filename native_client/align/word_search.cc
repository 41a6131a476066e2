#include "align/word_search.h"

#include <algorithm>
#include <limits>

namespace ds {
namespace {

constexpr float kDead = -std::numeric_limits<float>::infinity();
constexpr size_t kFirstSweep = size_t{1} << 16;
constexpr size_t kNear = 40;         // sentences that a path may skip at any time
constexpr float kLostAfter = 30;     // steps with speech that is not in the text
constexpr size_t kMostWords = 1000;  // more than these narrow the beam again
constexpr float kMostLost = 200;     // so many less the above with speech of the text end that

template <class Token>
void Raise(Token* token, const Token& other, float cost = 0) {
  if (other.score - cost > token->score) *token = {other.score - cost, other.trace};
}

}  // namespace

WordSearch::WordSearch(const Text& text, const std::vector<uint16_t>& columns,
                       const AlignCosts& costs)
    : costs_(costs),
      columns_(columns),
      beginnings_(text.beginnings),
      sweep_at_(kFirstSweep),
      beam_(costs.lost_beam),
      lost_(kLostAfter + 1) {
  uint32_t states = 0;
  const std::vector<int>& labels = text.labels;
  for (const TextPart& part : text.words) {
    const size_t last = part.first + part.count - 1;
    const auto first_label = static_cast<uint32_t>(text.letters[part.first].first);
    const auto end = static_cast<uint32_t>(text.letters[last].first + text.letters[last].count);
    const uint32_t count = end - first_label;
    const bool repeats = first_label > 0 && labels[first_label] == labels[first_label - 1];
    words_.push_back({states, count, first_label,
                      costs.skip_word + costs.skip_letter * static_cast<float>(count),
                      costs.stray_in_line, kLinger, repeats});
    states += 2 * count + 1;
  }
  for (const size_t word : beginnings_) {
    words_[word].stray = costs.stray_at_start;
    words_[word].linger = 0;
  }
  words_.push_back({states, 0, 0, 0, costs.stray_at_start, 0, false});
  tokens_.assign(states + 2, {kDead, kNone});
  active_.assign(words_.size() / 64 + 1, 0);
  best_.assign(words_.size(), kDead);
  for (auto* tokens : {&exits_, &arrivals_, &jumps_}) tokens->assign(words_.size(), {kDead, kNone});
  tokens_[1].score = 0;  // in the pause before the first word
  best_[0] = 0;
  Activate(0);
}

// Visits the active words in order, those too that become active ahead of where it is.
template <class Visit>
void WordSearch::ForActive(Visit visit) {
  for (size_t block = 0; block < active_.size(); ++block) {
    for (uint64_t left = active_[block]; left != 0;) {
      const auto bit = static_cast<size_t>(__builtin_ctzll(left));
      visit(block * 64 + bit);
      left = bit == 63 ? 0 : active_[block] & (~uint64_t{0} << (bit + 1));
    }
  }
}

void WordSearch::Step(const StepScores& scores) {
  FitBeam();
  Arrive();
  Jump(scores);
  const float before = top_;
  top_ = kDead;
  stray_is_best_ = false;
  StepScores relative = scores;
  const float passed_over = costs_.stray_letter * scores.voiced;
  relative.pause -= before + passed_over;
  relative.any -= before + passed_over;
  for (float& score : relative.label) score -= before;
  followed_ = 0;
  ForActive([&](size_t word) {
    Advance(word, relative);
    ++followed_;
  });
  if (scores.voiced > 0.5f) {
    lost_ = std::min(std::max(lost_ + (stray_is_best_ ? 1.0f : -1.0f), 0.0f), kMostLost);
  }
  ++step_;
  if (traces_.size() > sweep_at_) SweepTraces();
}

// Finds where words may begin in this step, from the paths' ends after the last one.
void WordSearch::Arrive() {
  const float floor = top_ - beam_;
  nearest_ = {kDead, kNone};
  ForActive([&](size_t word) {
    const bool arrived = std::max(exits_[word].score, arrivals_[word].score) > floor;
    if (best_[word] < floor && !arrived) return Forget(word);
    const Token* states = tokens_.data() + words_[word].first;
    Raise(&arrivals_[word], states[0]);
    Raise(&arrivals_[word], states[1]);
    Token junction = arrivals_[word];
    Raise(&junction, exits_[word]);
    if (junction.score > floor) ArriveAfter(word, junction);
    if (words_[word].labels == 0) return;
    const Token& exit = Letters(word)[2 * words_[word].labels - 2];
    if (exit.score > floor) {
      Raise(&exits_[word + 1], exit);
      Activate(word + 1);
    }
  });
}

// From the junction before a word: the word may be skipped.
void WordSearch::ArriveAfter(size_t word, const Token& junction) {
  if (junction.score > nearest_.score) {
    nearest_ = junction;
    nearest_word_ = word;
  }
  if (words_[word].labels == 0) return;
  if (junction.score - words_[word].skip <= top_ - beam_) return;
  Raise(&arrivals_[word + 1], junction, words_[word].skip);
  Activate(word + 1);
}

// From the best junction to the beginnings of sentences after it: into their first letters only,
// and only where these are said.
void WordSearch::Jump(const StepScores& scores) {
  const float floor = top_ - beam_;
  if (nearest_.score - costs_.skip_sentence <= floor) return;
  auto at = std::upper_bound(beginnings_.begin(), beginnings_.end(), nearest_word_);
  const auto left = static_cast<size_t>(beginnings_.end() - at);
  const size_t count = lost_ > kLostAfter ? left : std::min(left, kNear);
  for (size_t i = 0; i < count; ++i, ++at) {
    const float cost = SkipCost(i + 1);
    const float said = scores.label[columns_[words_[*at].columns]];
    if (nearest_.score - cost + said <= floor) continue;
    Raise(&jumps_[*at], nearest_, cost);
    Activate(*at);
  }
}

// Takes a word's states through this step.
void WordSearch::Advance(size_t word, const StepScores& scores) {
  const Word& it = words_[word];
  Token* const states = tokens_.data() + it.first;
  Token here = arrivals_[word];
  Raise(&here, exits_[word]);
  Token into = it.repeats ? arrivals_[word] : here;
  Raise(&into, jumps_[word]);
  arrivals_[word] = exits_[word] = jumps_[word] = {kDead, kNone};

  if (here.score - it.stray > states[0].score) {
    states[0] = {here.score - it.stray, NewTrace(here.trace, Stretch::kStray)};
  }
  states[0].score += scores.any - it.linger;
  states[1] = {here.score + scores.pause, here.trace};
  float best = states[1].score;

  Token* const letters = states + 2;
  for (uint32_t i = it.labels; i-- > 0;) {
    const uint16_t column = columns_[it.columns + i];
    Token& letter = letters[2 * i];
    if (i > 0) {
      Token& blank = letters[2 * i - 1];
      const Token& last = letters[2 * i - 2];
      Raise(&letter, blank);
      if (column != columns_[it.columns + i - 1]) Raise(&letter, last);
      Raise(&blank, last);
      blank.score += scores.pause - kLinger;
      best = std::max(best, blank.score);
    } else if (into.score > letter.score) {
      letter = {into.score, NewTrace(into.trace, static_cast<uint32_t>(word))};
    }
    letter.score += scores.label[column];
    best = std::max(best, letter.score);
  }
  best_[word] = std::max(best, states[0].score);
  if (best_[word] > top_) {
    top_ = best_[word];
    stray_is_best_ = states[0].score > best;
  }
}

uint32_t WordSearch::NewTrace(uint32_t before, uint32_t word) {
  traces_.push_back({before, {word, step_}});
  return static_cast<uint32_t>(traces_.size() - 1);
}

// Keeps only the traces that some path still has.
void WordSearch::SweepTraces() {
  std::vector<uint32_t> number(traces_.size(), kNone);
  ForActive([&](size_t word) {
    const Word& it = words_[word];
    for (uint32_t i = 0; i < it.states(); ++i) {
      const Token& token = tokens_[it.first + i];
      if (token.score == kDead) continue;
      for (uint32_t t = token.trace; t != kNone && number[t] == kNone; t = traces_[t].before) {
        number[t] = 0;
      }
    }
  });
  uint32_t kept = 0;
  for (size_t i = 0; i < traces_.size(); ++i) {  // what comes before a trace has a lower number
    if (number[i] == kNone) continue;
    number[i] = kept;
    traces_[kept] = traces_[i];
    if (traces_[kept].before != kNone) traces_[kept].before = number[traces_[kept].before];
    ++kept;
  }
  traces_.resize(kept);
  ForActive([&](size_t word) {
    const Word& it = words_[word];
    for (uint32_t i = 0; i < it.states(); ++i) {
      Token& token = tokens_[it.first + i];
      if (token.score != kDead && token.trace != kNone) token.trace = number[token.trace];
    }
  });
  sweep_at_ = std::max(kFirstSweep, 2 * traces_.size());
}

void WordSearch::Forget(size_t word) {
  const Word& it = words_[word];
  std::fill_n(tokens_.begin() + it.first, it.states(), Token{kDead, kNone});
  arrivals_[word] = exits_[word] = jumps_[word] = {kDead, kNone};
  best_[word] = kDead;
  active_[word / 64] &= ~(uint64_t{1} << word % 64);
}

// Widens the beam while the path is lost, as far as there are not too many words to follow.
void WordSearch::FitBeam() {
  if (lost_ <= kLostAfter) {
    beam_ = costs_.beam;
  } else if (followed_ > kMostWords) {
    beam_ = std::max(costs_.beam, 0.9f * beam_);
  } else {
    beam_ = std::min(costs_.lost_beam, 1.05f * beam_);
  }
}

// Of the rest of a sentence and of others up to one that is spoken.
float WordSearch::SkipCost(size_t sentences) const {
  const float farther = costs_.skip_farther * static_cast<float>(sentences - 1);
  return costs_.skip_sentence + std::min(farther, costs_.skip_most);
}

size_t WordSearch::SentencesAfter(size_t word) const {
  return static_cast<size_t>(beginnings_.end() -
                             std::lower_bound(beginnings_.begin(), beginnings_.end(), word));
}

// The best path, less the word that it is in the midst of.
WordSearch::Token WordSearch::BeforeBestWord() const {
  Token best = {kDead, kNone};
  for (const Token& token : tokens_) Raise(&best, token);
  if (best.trace != kNone) best.trace = traces_[best.trace].before;
  return best;
}

// The best path that is between words, what is left of the text being skipped.
WordSearch::Token WordSearch::BestEnd() {
  Token end = {kDead, kNone};
  Arrive();
  ForActive([&](size_t word) {
    const float cost = words_[word].labels == 0 ? 0.0f : SkipCost(SentencesAfter(word) + 1);
    Raise(&end, arrivals_[word], cost);
    Raise(&end, exits_[word], cost);
  });
  if (end.trace == kNone) end = BeforeBestWord();
  return end;
}

std::vector<Stretch> WordSearch::Finish() {
  std::vector<Stretch> path;
  for (uint32_t t = BestEnd().trace; t != kNone; t = traces_[t].before) {
    path.push_back(traces_[t].stretch);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace ds
