// CTC prefix beam search over one model (models.h).
//
// A hypothesis is a prefix: the text y without blanks. With p(c) the frame's probabilities, b and n
// the log probability of all paths of y that end in blank and in y's last label c, and y' = y
// without c, a frame does (LogAdd over the terms, 0.9.3's order and pruning):
//
//   b(y) <- log p(blank) + [b(y) + n(y)]
//   n(y) <- log p(c) + n(y)                                    the label lasts
//         + log p(c) + (y' ends in c ? b(y') : [b(y') + n(y')]) + bonus(y' -> y)   it appears
//
// Hypotheses lie in parallel arrays and keep their places. The ones in the beam pull these terms
// (lanes.h); prefixes not in the beam have one parent only, so that one term is their score and
// they are dropped at once when the beam already holds `width` better ones: that is exact. Nothing
// is allocated per frame.
#ifndef DS_DECODER_SEARCH_H_
#define DS_DECODER_SEARCH_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "decoder/beam.h"
#include "decoder/candidates.h"
#include "decoder/hash.h"
#include "decoder/lanes.h"
#include "decoder/log_math.h"
#include "decoder/models.h"
#include "decoder/output.h"
#include "decoder/trace.h"

namespace ds {

// One frame as the search sees it.
struct Frame {
  std::vector<float> prob;      // [labels + blank]
  std::vector<float> log_prob;  // [labels + blank]; kLogZero where pruned
  double log_blank = 0;         // unpruned, for the beam's cutoff
  float log_best = 0;           // unpruned, of the most probable one, which may be the blank
  std::vector<int> by_prob;     // labels that are not pruned, most probable first
  bool sorted = false;          // 0.9.3 visits the labels by probability, not by number
};

class SearchBase {
 public:
  virtual ~SearchBase() = default;
  virtual void Advance(const Frame& frame, uint32_t time) = 0;
  // At most so many of each. `ended`: of those that are whole texts only, and an empty one where
  // there is none. Rivals begin where they differ, or at the `space` before that.
  virtual Found Find(size_t outputs, size_t rivals, bool ended, int space) = 0;
  virtual std::unique_ptr<SearchBase> Clone() const = 0;
};

template <class Model>
class Search : public SearchBase {
 public:
  Search(Model model, size_t width, int num_labels)
      : model_(std::move(model)),
        width_(width),
        num_labels_(num_labels),
        now_(width, model_.Start()),
        none_(now_.none()),
        candidates_(width),
        log_prob_(num_labels + 1),
        prob_(num_labels + 1),
        lasts_(width),
        appears_(width),
        new_score_(width + 1),
        new_nonblank_(width + 1),
        new_blank_(width + 1),
        blank_lag_(width + 1),
        label_lag_(width + 1),
        reach_(width),
        children_(width + 1),
        keep_old_(width + 1),
        keep_new_(candidates_.limit()),
        open_(width),
        appeared_(width),
        new_trace_(width),
        index_(width) {
    new_score_[width] = new_blank_[width] = kLogZero;
    keep_old_[width] = 1;  // the parent that is not in the beam
    free_.reserve(width);
    new_places_.reserve(width);
    arrivals_.reserve(width);
    active_.reserve(num_labels);
  }

  void Advance(const Frame& frame, uint32_t time) override {
    Prune(frame);
    Pull(frame);
    Push(frame);
    candidates_.Select(keep_old_.data(), keep_new_.data());
    Update(frame, time);
    if (trace_.NeedsSweep()) trace_.Sweep(now_.trace.data(), now_.size);
    model_.Sweep(now_.state.data(), now_.size);
  }

  Found Find(size_t outputs, size_t rivals, bool ended, int space) override;
  std::unique_ptr<SearchBase> Clone() const override { return std::make_unique<Search>(*this); }

 private:
  static constexpr int kDrops = 64;
  static constexpr float kFarBehind = -1e30f;
  static constexpr float kShift = 1024.0f;

  using State = typename Model::State;
  struct Final {  // a hypothesis, were this the end
    float score;
    int32_t label;
    uint32_t place;
  };
  struct Open {  // a hypothesis that may have new children
    uint32_t place;
    uint64_t labels;  // bits
  };

  static float Plus(float x, float y) { return std::max(x + y, kLogZero); }

  // The beam's cutoff of 0.9.3, with a scorer only: what the worst hypothesis reaches by a blank,
  // less beta. Paths below it are not followed.
  void Prune(const Frame& frame) {
    cutoff_ = -std::numeric_limits<float>::infinity();
    if (!Model::kScored || now_.size < width_) return;
    const float worst = Smallest(now_.score.data(), now_.size);
    cutoff_ = static_cast<float>(worst + frame.log_blank - model_.cutoff_margin());
  }
  void Pull(const Frame& frame);
  void Push(const Frame& frame);
  void PushAllowed(const Frame& frame);
  void FindChildren();
  void Try(const Frame& frame, size_t i, int label);
  void Update(const Frame& frame, uint32_t time);
  size_t Extend(uint32_t time);
  size_t Stay(const Frame& frame, uint32_t time);
  void Link();
  std::vector<Final> Finals(size_t count, bool ended);
  std::vector<Output> Outputs(const std::vector<Final>& finals, size_t count) const;
  std::vector<Rival> Rivals(const std::vector<Final>& finals, size_t count, int space) const;

  Model model_;
  const size_t width_;
  const int num_labels_;
  Trace trace_;
  Beam<State> now_;
  const int32_t none_;  // the parent that is not in the beam: a hypothesis of probability zero
  Candidates candidates_;
  double shift_ = 0;                    // added to every score
  float cutoff_ = 0;                    // on a path's score before its bonus
  std::vector<float> log_prob_, prob_;  // of label - 1
  std::vector<float> lasts_, appears_;  // the two terms of n(y)
  std::vector<float> new_score_, new_nonblank_, new_blank_, blank_lag_, label_lag_;
  std::vector<int32_t> reach_;
  std::vector<uint64_t> children_;  // bit label % 64 of each child that is in the beam
  std::vector<int> active_;
  std::vector<Arrival<State>> arrivals_;
  std::vector<uint8_t> keep_old_, keep_new_;  // which prefixes stay, which candidates come in
  std::vector<Open> open_;
  std::vector<uint32_t> appeared_, new_trace_, free_, new_places_;
  HashIndex index_;
};

template <class Model>
void Search<Model>::Pull(const Frame& frame) {
  const size_t n = now_.size;
  log_prob_[0] = kLogZero;  // label -1 has no chance
  std::copy_n(frame.log_prob.begin(), num_labels_, log_prob_.begin() + 1);
  const Terms terms = {now_.label.data(),
                       now_.parent.data(),
                       now_.score.data(),
                       now_.blank.data(),
                       now_.nonblank.data(),
                       now_.bonus.data(),
                       log_prob_.data() + 1,
                       frame.log_prob[num_labels_],
                       cutoff_,
                       lasts_.data(),
                       appears_.data(),
                       new_blank_.data()};
  PullTerms(terms, n);
  LogAddAll(lasts_.data(), appears_.data(), n, new_nonblank_.data());
  LogAddAll(new_blank_.data(), new_nonblank_.data(), n, new_score_.data());
  FindReach(terms, new_nonblank_.data(), frame.sorted, n, reach_.data());
  PullLags(terms, {now_.blank_lag.data(), now_.label_lag.data(), frame.log_best}, n,
           blank_lag_.data(), label_lag_.data());
  candidates_.Start(new_score_.data(), n);
}

template <class Model>
void Search<Model>::Push(const Frame& frame) {
  const size_t n = now_.size;
  const bool wide = num_labels_ > 64;
  if (!wide && Model::kScored) return PushAllowed(frame);
  const float best = Largest(now_.score.data(), n);
  float lowest = std::max(cutoff_, candidates_.worst() - model_.max_bonus());
  active_.clear();
  for (int label : frame.by_prob) {
    if (frame.log_prob[label] + best < lowest) break;
    active_.push_back(label);
  }
  if (active_.empty()) return;  // only blanks matter
  FindChildren();
  if (wide) {
    index_.Clear();
    for (size_t i = 0; i < n; ++i) index_.Insert(now_.hash[i], static_cast<uint32_t>(i));
  }
  for (size_t i = 0; i < n; ++i) {
    const float score = now_.score[i];
    lowest = std::max(cutoff_, candidates_.worst() - model_.max_bonus());
    if (score == kLogZero || frame.log_prob[active_[0]] + score < lowest) continue;
    if (wide) {
      const uint64_t allowed = model_.Allowed(now_.state[i]);
      for (int label : active_) {
        if (frame.log_prob[label] + score < lowest) break;
        if (!(allowed >> (label & 63) & 1) || !model_.Follows(now_.state[i], label)) continue;
        const bool maybe_child = children_[i] >> (label & 63) & 1;
        if (maybe_child && index_.Lookup(Append(now_.hash[i], label)) != HashIndex::kNone) continue;
        Try(frame, i, label);
      }
    } else {
      for (int label : active_) {
        if (frame.log_prob[label] + score < lowest) break;
        if (!(children_[i] >> label & 1)) Try(frame, i, label);
      }
    }
  }
}

// Push where few labels may follow. How far a hypothesis lies behind the best one says which labels
// can bring it into the beam: that is looked up, so that hardly a label is tried in vain.
template <class Model>
void Search<Model>::PushAllowed(const Frame& frame) {
  const size_t n = now_.size;
  const float best = Largest(now_.score.data(), n);
  const auto most_behind = [&](int label) {
    const float lowest =
        std::max({cutoff_, candidates_.worst() - model_.MaxBonus(label), kFarBehind});
    // A little more, against rounding.
    return frame.log_prob[label] + best - lowest + 1e-6f * (std::fabs(best) + std::fabs(lowest));
  };
  float most = 0;
  for (int label : frame.by_prob) most = std::max(most, most_behind(label));
  if (!(most > 0)) return;  // only blanks matter
  const float scale = (kDrops - 1) / most;
  uint64_t labels[kDrops + 1] = {};
  for (int label : frame.by_prob) {
    const float behind = most_behind(label);
    if (behind < 0) continue;
    const int bin = std::min(kDrops - 1, static_cast<int>(behind * scale * 1.00001f));
    labels[bin] |= uint64_t{1} << label;
  }
  for (int bin = kDrops; bin-- > 0;) labels[bin] |= labels[bin + 1];

  FindChildren();
  size_t num_open = 0;
  for (size_t i = 0; i < n; ++i) {
    const int32_t bin = BinOf(now_.score[i], best, scale, kDrops);
    const uint64_t tried = labels[bin] & model_.Allowed(now_.state[i]) & ~children_[i];
    open_[num_open] = {static_cast<uint32_t>(i), tried};
    num_open += tried != 0;
  }
  for (size_t k = 0; k < num_open; ++k) {
    const size_t i = open_[k].place;
    const float score = now_.score[i];
    if (score == kLogZero) continue;
    for (uint64_t bits = open_[k].labels; bits != 0; bits &= bits - 1) {
      const int label = __builtin_ctzll(bits);
      if (frame.log_prob[label] + score >= cutoff_) Try(frame, i, label);
    }
  }
}

// Marks the labels that lead from a hypothesis to another one of the beam.
template <class Model>
void Search<Model>::FindChildren() {
  const size_t n = now_.size;
  std::fill(children_.begin(), children_.begin() + n, 0);
  for (size_t i = 0; i < n; ++i) {
    children_[now_.parent[i]] |= uint64_t{1} << (now_.label[i] & 63);
  }
}

// Makes a candidate of prefix i and `label`, unless it is already known to be too bad.
template <class Model>
inline void Search<Model>::Try(const Frame& frame, size_t i, int label) {
  const float from = label == now_.label[i] ? now_.blank[i] : now_.score[i];
  float score = Plus(frame.log_prob[label], from);
  if (score + model_.MaxBonus(label) <= candidates_.worst()) return;
  const float bonus = model_.Bonus(now_.state[i], label, trace_, now_.trace[i]);
  score = Plus(score, bonus);
  if (score <= candidates_.worst()) return;
  candidates_.Add({score, bonus, static_cast<uint32_t>(i), label});
}

// Brings the beam up to date: the marked old prefixes stay in their places, the marked new ones
// take the places of the others.
template <class Model>
void Search<Model>::Update(const Frame& frame, uint32_t time) {
  const size_t num_appeared = Extend(time);  // before anything is overwritten
  std::swap(now_.score, new_score_);
  std::swap(now_.blank, new_blank_);
  std::swap(now_.nonblank, new_nonblank_);
  std::swap(now_.blank_lag, blank_lag_);
  std::swap(now_.label_lag, label_lag_);
  for (size_t k = 0; k < num_appeared; ++k) now_.trace[appeared_[k]] = new_trace_[k];
  const size_t num_free = Stay(frame, time);
  new_places_.clear();
  size_t used = 0;
  for (const Arrival<State>& arrival : arrivals_) {
    const size_t i = used < num_free ? free_[used++] : now_.size++;
    new_places_.push_back(static_cast<uint32_t>(i));
    now_.Place(i, arrival, time, frame.prob[arrival.label],
               trace_[arrival.trace].lag + Lag(frame.log_prob[arrival.label], frame.log_best));
  }
  Link();

  // Scores fall without end and floats get coarse: in a long stream the beam moves up, exactly.
  const float best = Largest(now_.score.data(), now_.size);
  if (best < -kShift && best > kLogZero) {
    now_.Shift(kShift);
    shift_ -= kShift;
  }
}

// New trace nodes hang on the parents' old ones: those of labels that appeared in prefixes of the
// beam, whose number is returned, and those of the prefixes that come in.
template <class Model>
size_t Search<Model>::Extend(uint32_t time) {
  size_t num_appeared = 0;
  for (size_t i = 0; i < now_.size; ++i) {
    appeared_[num_appeared] = static_cast<uint32_t>(i);
    num_appeared += keep_old_[i] & (reach_[i] == kAppeared);
  }
  for (size_t k = 0; k < num_appeared; ++k) {
    const uint32_t i = appeared_[k];
    const int32_t p = now_.parent[i];
    new_trace_[k] = trace_.Append({now_.trace[p], now_.label[i], time, now_.end[p], now_.peak[p],
                                   now_.LagBefore(p, now_.label[i])});
  }
  arrivals_.clear();
  for (size_t k = 0; k < candidates_.size(); ++k) {
    if (!keep_new_[k]) continue;
    const Candidate& c = candidates_[k];
    const uint32_t p = c.parent, head = now_.trace[p];
    arrivals_.push_back({c.score, c.bonus, keep_old_[p] ? static_cast<int32_t>(p) : none_, c.label,
                         trace_.Append({head, c.label, time, now_.end[p], now_.peak[p],
                                        now_.LagBefore(p, c.label)}),
                         now_.hash[p], model_.Step(now_.state[p], c.label, trace_, head)});
  }
  return num_appeared;
}

// What this frame says about the last labels of the prefixes that stay; free_ receives the places
// of the others, whose number is returned.
template <class Model>
size_t Search<Model>::Stay(const Frame& frame, uint32_t time) {
  prob_[0] = 0;  // of label -1
  std::copy_n(frame.prob.begin(), num_labels_, prob_.begin() + 1);
  const float* prob = prob_.data() + 1;
  free_.resize(width_);
  size_t num_free = 0;
  for (size_t i = 0; i < now_.size; ++i) {
    free_[num_free] = static_cast<uint32_t>(i);
    num_free += !keep_old_[i];
    now_.parent[i] = keep_old_[now_.parent[i]] ? now_.parent[i] : none_;
    const float p = prob[now_.label[i]], before = reach_[i] == kAppeared ? 0.0f : now_.peak[i];
    const float peak = before > p ? before : p;
    now_.peak[i] = reach_[i] == kPassed ? now_.peak[i] : peak;
    now_.end[i] = reach_[i] == kPassed ? now_.end[i] : time + 1;
  }
  return num_free;
}

// A prefix that comes back to the beam may be the parent of some that never left it.
template <class Model>
void Search<Model>::Link() {
  if (new_places_.empty()) return;
  index_.Clear();
  for (uint32_t i : new_places_) index_.Insert(now_.hash[i], i);
  for (size_t i = 0; i < now_.size; ++i) {
    if (now_.parent[i] != none_ || now_.label[i] < 0) continue;
    const uint32_t parent = index_.Lookup(now_.parent_hash[i]);
    if (parent != HashIndex::kNone) now_.parent[i] = static_cast<int32_t>(parent);
  }
}

// The best hypotheses, and behind them the others in no order.
template <class Model>
std::vector<typename Search<Model>::Final> Search<Model>::Finals(size_t count, bool ended) {
  std::vector<Final> finals;
  finals.reserve(now_.size);
  for (size_t i = 0; i < now_.size; ++i) {
    if (ended && !model_.Complete(now_.state[i])) continue;
    const float bonus = model_.FinalBonus(now_.state[i], trace_, now_.trace[i]);
    finals.push_back({Plus(now_.score[i], bonus), now_.label[i], static_cast<uint32_t>(i)});
  }
  std::partial_sort(finals.begin(), finals.begin() + std::min(count, finals.size()), finals.end(),
                    [](const Final& x, const Final& y) {
                      if (x.score != y.score) return x.score > y.score;
                      return x.label != y.label ? x.label < y.label : x.place < y.place;
                    });
  return finals;
}

template <class Model>
Found Search<Model>::Find(size_t outputs, size_t rivals, bool ended, int space) {
  const std::vector<Final> finals = Finals(std::max(outputs, rivals), ended);
  return {Outputs(finals, outputs), Rivals(finals, rivals, space)};
}

template <class Model>
std::vector<Output> Search<Model>::Outputs(const std::vector<Final>& finals, size_t count) const {
  if (finals.empty()) return std::vector<Output>(std::min<size_t>(count, 1), Output::Nothing());
  std::vector<Output> outputs(std::min(count, finals.size()));
  for (size_t k = 0; k < outputs.size(); ++k) {
    Output& out = outputs[k];
    const size_t i = finals[k].place;
    out.confidence = finals[k].score + shift_;
    uint32_t end = now_.end[i];
    float peak = now_.peak[i], lag = now_.Lag(i);
    for (uint32_t t = now_.trace[i]; t != Trace::kRoot; t = trace_[t].parent) {
      out.tokens.push_back(trace_[t].label);
      out.timesteps.push_back(trace_[t].timestep);
      out.ends.push_back(std::max(end, trace_[t].timestep + 1));
      out.peaks.push_back(peak);
      out.lags.push_back(lag - trace_[t].lag);
      end = trace_[t].previous_end;
      peak = trace_[t].previous_peak;
      lag = trace_[t].lag;
    }
    out.first_lag = lag;
    std::reverse(out.tokens.begin(), out.tokens.end());
    std::reverse(out.timesteps.begin(), out.timesteps.end());
    std::reverse(out.ends.begin(), out.ends.end());
    std::reverse(out.peaks.begin(), out.peaks.end());
    std::reverse(out.lags.begin(), out.lags.end());
  }
  return outputs;
}

// A node lies behind its parent in the pool: whoever stands furthest back steps to its parent,
// until all have met, and all together until a word begins.
template <class Model>
std::vector<Rival> Search<Model>::Rivals(const std::vector<Final>& finals, size_t count,
                                         int space) const {
  if (count == 0) return {};
  if (finals.empty()) return std::vector<Rival>(std::min<size_t>(count, 1), Rival{1, {}, {}});
  double sum = 0;
  for (const Final& final : finals) sum += std::exp(double{final.score} - finals[0].score);
  std::vector<Rival> rivals(std::min(count, finals.size()));
  std::vector<uint32_t> at(rivals.size());
  for (size_t k = 0; k < rivals.size(); ++k) {
    rivals[k].share = std::exp(double{finals[k].score} - finals[0].score) / sum;
    at[k] = now_.trace[finals[k].place];
  }
  for (;;) {
    const auto [least, most] = std::minmax_element(at.begin(), at.end());
    if (at.empty() || *most == Trace::kRoot) break;
    if (*least == *most && trace_[*least].label == space) break;
    const uint32_t furthest = *most;
    for (size_t k = 0; k < at.size(); ++k) {
      if (at[k] != furthest) continue;
      rivals[k].tokens.push_back(trace_[furthest].label);
      rivals[k].timesteps.push_back(trace_[furthest].timestep);
      at[k] = trace_[furthest].parent;
    }
  }
  for (Rival& rival : rivals) {
    std::reverse(rival.tokens.begin(), rival.tokens.end());
    std::reverse(rival.timesteps.begin(), rival.timesteps.end());
  }
  return rivals;
}

}  // namespace ds
#endif  // DS_DECODER_SEARCH_H_
