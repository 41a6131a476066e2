#include "keywords/spotter.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "base/interrupt.h"

namespace ds {
namespace {

constexpr float kNever = -1e30f;  // the score of a path that cannot be
constexpr float kLeastProb = 1e-30f;
constexpr uint64_t kLongestWait = 15;     // frames: 0.3 s
constexpr uint32_t kLongestLabel = 25;    // a phrase may last so many frames for each label,
constexpr uint32_t kLongestPhrase = 100;  // and these

}  // namespace

Spotter::Spotter(const std::vector<Keyword>& keywords, const Alphabet& alphabet)
    : blank_(alphabet.blank()),
      space_(alphabet.bytes_output ? ' ' - 1 : alphabet.space()),
      whole_words_(alphabet.units() == Units::kWords),
      rivalry_(keywords, whole_words_),
      logs_(static_cast<size_t>(blank_) + 1),
      after_space_(kNever) {
  size_t cells = 0;
  for (const Keyword& keyword : keywords) {
    Chain& chain = chains_.emplace_back();
    for (const std::vector<int>& word : keyword.words) {
      chain.labels.insert(chain.labels.end(), word.begin(), word.end());
      chain.ends_word.resize(chain.labels.size(), 0);
      chain.ends_word.back() = 1;
    }
    const auto labels = static_cast<uint32_t>(chain.labels.size());
    chain.cells = cells;
    chain.floor = static_cast<float>(labels * std::log(keyword.threshold));
    chain.longest = labels * kLongestLabel + kLongestPhrase;
    cells += 2 * labels - 1 + 2 * kPause;
  }
  cells_.assign(cells, {kNever, 0});
  last_.resize(keywords.size(), {0, 0, 0, 0, 0});
}

void Spotter::Step(const float* probs, size_t frames, size_t classes,
                   std::vector<KeywordHit>* hits) {
  if (classes != logs_.size()) {
    throw Error("probabilities have " + std::to_string(classes) + " classes, the alphabet has " +
                std::to_string(blank_) + " labels: expected labels + 1 (the blank is last)");
  }
  for (size_t i = 0; i < frames; ++i, probs += classes) {
    CheckInterrupt();
    ReadFrame(probs, classes);
    for (size_t number = 0; number < chains_.size(); ++number) {
      Advance(&chains_[number]);
      Candidates(number, false);
    }
    Settle(false, hits);
    MayBegin();
    ++time_;
  }
}

void Spotter::Rest() {
  for (Cell& cell : cells_) cell.score = kNever;
  for (Chain& chain : chains_) chain.live = chain.ending = 0;
}

void Spotter::Finish(std::vector<KeywordHit>* hits) {
  if (time_ == 0) return;
  --time_;  // of the last frame
  for (size_t number = 0; number < chains_.size(); ++number) Candidates(number, true);
  Settle(true, hits);
  ++time_;
}

void Spotter::ReadFrame(const float* probs, size_t classes) {
  for (size_t c = 0; c < classes; ++c) {
    if (!(probs[c] >= 0) || !std::isfinite(probs[c])) {
      throw Error("frame " + std::to_string(time_) + ", class " + std::to_string(c) +
                  " has probability " + std::to_string(probs[c]) +
                  ": expected 0 to 1 (after softmax)");
    }
    logs_[c] = std::log(std::clamp(probs[c], kLeastProb, 1.0f));
  }
}

// What it is worth that a phrase begins in the next frame.
void Spotter::MayBegin() {
  if (!whole_words_) return;
  const float blank = logs_[blank_], space = logs_[space_];
  after_space_ = std::max(space, after_space_ + std::max(blank, space));
  blank_logs_[time_ % kPause] = blank;
  float pause = 0;  // the stream begins with one
  for (const float log : blank_logs_) pause += log;
  entry_ = std::max(after_space_, pause);
}

// The recursion over the places of a chain, backwards and in place: what stands before a cell is
// still that of the frame before.
void Spotter::Advance(Chain* chain) {
  const auto last = chain->labels.size() - 1;
  if (chain->ending > 0) {
    Leave(*chain);
    --chain->ending;
  }
  const auto keep = [&](Cell* cell, float log) {
    cell->score += log;
    const bool good =
        cell->score >= chain->floor && static_cast<uint32_t>(time_) - cell->start <= chain->longest;
    if (!good) cell->score = kNever;
    return good;
  };
  size_t live = 0;
  for (size_t i = std::min(last, chain->live); i > 0; --i) {
    Cell *label = Label(*chain, i), *gap = label - 1, *before = label - 2;
    if (gap->score > label->score) *label = *gap;
    if (before->score > label->score && chain->labels[i] != chain->labels[i - 1]) *label = *before;
    if (keep(label, logs_[chain->labels[i]])) live = std::max(live, i + 1);
    if (before->score > gap->score) *gap = *before;
    const bool between = chain->ends_word[i - 1] != 0 && space_ >= 0;
    const float silence = between ? std::max(logs_[blank_], logs_[space_]) : logs_[blank_];
    if (keep(gap, silence)) live = std::max(live, i);
  }
  Cell* first = Label(*chain, 0);
  if (entry_ > first->score) *first = {entry_, static_cast<uint32_t>(time_)};
  if (keep(first, logs_[chain->labels[0]])) live = std::max<size_t>(live, 1);
  chain->live = live;
  if (Label(*chain, last)->score > kNever) chain->ending = kPause + 1;
}

// Moves what has reached the last label a frame farther on its way out.
void Spotter::Leave(const Chain& chain) {
  const float blank = whole_words_ ? logs_[blank_] : 0;
  const auto keep = [&](Cell* cell) {
    if (cell->score < chain.floor) cell->score = kNever;
  };
  for (size_t frames = kPause; frames > 0; --frames) {
    Cell *pause = AfterBlanks(chain, frames), *space = AfterSpace(chain, frames);
    if (whole_words_) {
      *space = *(pause - 1);
      space->score += logs_[space_];
      if (frames > 1 && (space - 1)->score >= space->score) *space = *(space - 1);
      keep(space);
    }
    *pause = *(pause - 1);
    pause->score += blank;
    keep(pause);
  }
}

KeywordHit Spotter::HitOf(size_t number, const Cell& cell, size_t since) const {
  const uint32_t age = static_cast<uint32_t>(time_) - cell.start;
  const auto labels = static_cast<float>(chains_[number].labels.size());
  return {number, time_ - age, time_ + 1 - since, cell.score / labels,
          cell.score + labels * kLabel};
}

// The better of the ways out, so many frames after the last label.
const Spotter::Cell& Spotter::WayOut(const Chain& chain, size_t since) {
  const Cell &blanks = *AfterBlanks(chain, since), &space = *AfterSpace(chain, since);
  return since > 0 && space.score > blanks.score ? space : blanks;
}

void Spotter::Candidates(size_t number, bool ended) {
  const Chain& chain = chains_[number];
  if (chain.ending == 0) return;
  for (size_t since = kPause + 1; since-- > (ended ? 0 : kPause);) {
    const Cell& cell = WayOut(chain, since);
    if (cell.score > kNever) Offer(HitOf(number, cell, since));
  }
}

// Takes a candidate unless one beats it that is, or was, there; what it beats goes.
void Spotter::Offer(const KeywordHit& hit) {
  if (Overlap(hit, last_[hit.keyword])) return;
  const auto stands = [&](const KeywordHit& other) {
    return Overlap(hit, other) && !rivalry_.Beats(hit, other);
  };
  if (std::any_of(last_.begin(), last_.end(), stands)) return;
  if (std::any_of(pending_.begin(), pending_.end(),
                  [&](const Pending& other) { return stands(other.hit); })) {
    return;
  }
  uint64_t since = time_;
  const auto gone = std::remove_if(pending_.begin(), pending_.end(), [&](const Pending& other) {
    if (!rivalry_.Beats(hit, other.hit)) return false;
    since = std::min(since, other.since);
    return true;
  });
  pending_.erase(gone, pending_.end());
  pending_.push_back({hit, since});
}

// Whether one that has reached its last label may still beat it.
bool Spotter::IsChallenged(const KeywordHit& hit) {
  for (size_t number = 0; number < chains_.size(); ++number) {
    const Chain& chain = chains_[number];
    if (chain.ending == 0) continue;
    for (size_t since = 0; since < kPause; ++since) {
      const Cell& cell = WayOut(chain, since);
      if (cell.score > kNever && rivalry_.Beats(HitOf(number, cell, since), hit)) return true;
    }
  }
  return false;
}

void Spotter::Settle(bool ended, std::vector<KeywordHit>* hits) {
  const auto report = [&](const Pending& pending) {
    if (!ended && time_ - pending.since < kLongestWait && IsChallenged(pending.hit)) return false;
    last_[pending.hit.keyword] = pending.hit;
    hits->push_back(pending.hit);
    return true;
  };
  pending_.erase(std::remove_if(pending_.begin(), pending_.end(), report), pending_.end());
}

}  // namespace ds
