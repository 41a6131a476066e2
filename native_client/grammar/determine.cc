#include "grammar/determine.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/interrupt.h"

namespace ds {
namespace {

constexpr size_t kMostItems = 8000000;
constexpr int32_t kFarBehind = -16 * kPartsOfNat;

int32_t Sum(int32_t x, int32_t y) { return std::max(x + y, kFarBehind * 64); }  // no overflow

// Where a prefix may be.
struct Item {
  uint32_t node;
  int32_t behind;  // 0 or less
  bool operator==(const Item& other) const { return node == other.node && behind == other.behind; }
};

// For each node what ending the text there weighs: in the net, all of its words end with a space.
std::vector<int32_t> FinalWeights(const Net& net) {
  // Arcs by where they lead.
  std::vector<uint32_t> first(net.size() + 1, 0), from;
  std::vector<Net::Arc> arcs;
  const auto for_each = [&](auto visit) {
    for (uint32_t node = 0; node < net.size(); ++node) {
      net.ForEachArc(node, [&](const Net::Arc& arc) {
        if (arc.label == kNothing) visit(node, arc);
      });
    }
  };
  for_each([&](uint32_t, const Net::Arc& arc) { ++first[arc.next + 1]; });
  for (size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  from.resize(first.back());
  arcs.resize(first.back());
  std::vector<uint32_t> place(first);
  for_each([&](uint32_t node, const Net::Arc& arc) {
    from[place[arc.next]] = node;
    arcs[place[arc.next]++] = arc;
  });
  std::vector<int32_t> to_end(net.size(), kNoWay);
  to_end[Net::kEnd] = 0;
  std::vector<uint32_t> open = {Net::kEnd};
  while (!open.empty()) {
    const uint32_t node = open.back();
    open.pop_back();
    for (uint32_t i = first[node]; i < first[node + 1]; ++i) {
      const int32_t weight = Sum(arcs[i].weight, to_end[node]);
      if (weight <= to_end[from[i]]) continue;
      to_end[from[i]] = weight;
      open.push_back(from[i]);
    }
  }
  if (net.space() < 0) return to_end;
  std::vector<int32_t> weights(net.size(), kNoWay);
  weights[Net::kStart] = to_end[Net::kStart];  // nothing is said
  for (uint32_t node = 0; node < net.size(); ++node) {
    net.ForEachArc(node, [&](const Net::Arc& arc) {
      if (arc.label != net.space() || to_end[arc.next] == kNoWay) return;
      weights[node] = std::max(weights[node], Sum(arc.weight, to_end[arc.next]));
    });
  }
  return weights;
}

// Nodes from which a text can end.
std::vector<bool> Useful(const Net& net, const std::vector<int32_t>& final_weights) {
  std::vector<uint32_t> first(net.size() + 1, 0);
  const auto for_each = [&](auto visit) {
    for (uint32_t node = 0; node < net.size(); ++node) {
      net.ForEachArc(node, [&](const Net::Arc& arc) { visit(node, arc.next); });
    }
  };
  for_each([&](uint32_t, uint32_t next) { ++first[next + 1]; });
  for (size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  std::vector<uint32_t> from(first.back()), place(first);
  for_each([&](uint32_t node, uint32_t next) { from[place[next]++] = node; });
  std::vector<bool> useful(net.size());
  std::vector<uint32_t> open;
  for (uint32_t node = 0; node < net.size(); ++node) {
    useful[node] = final_weights[node] != kNoWay;
    if (useful[node]) open.push_back(node);
  }
  while (!open.empty()) {
    const uint32_t node = open.back();
    open.pop_back();
    for (uint32_t i = first[node]; i < first[node + 1]; ++i) {
      if (useful[from[i]]) continue;
      useful[from[i]] = true;
      open.push_back(from[i]);
    }
  }
  return useful;
}

// The useful arcs of a net, each node's in a row: first those that say something.
struct Rows {
  struct Arc {
    int32_t label, weight;
    uint32_t next;
  };

  Rows(const Net& net, const std::vector<bool>& useful) {
    spoken.reserve(net.size());
    end.reserve(net.size() + 1);
    arcs.reserve(net.num_arcs());
    for (uint32_t node = 0; node < net.size(); ++node) {
      Add(net, useful, node, false);
      spoken.push_back(static_cast<uint32_t>(arcs.size()));
      Add(net, useful, node, true);
      end.push_back(static_cast<uint32_t>(arcs.size()));
    }
  }
  uint32_t Begin(uint32_t node) const { return node == 0 ? 0 : end[node - 1]; }

  std::vector<uint32_t> spoken, end;  // of each node, in `arcs`
  std::vector<Arc> arcs;

 private:
  void Add(const Net& net, const std::vector<bool>& useful, uint32_t node, bool silent) {
    net.ForEachArc(node, [&](const Net::Arc& arc) {
      if (useful[arc.next] && (arc.label == kNothing) == silent) {
        arcs.push_back({arc.label, arc.weight, arc.next});
      }
    });
  }
};

class Determiner {
 public:
  explicit Determiner(const Net& net)
      : space_(net.space()),
        final_weights_(FinalWeights(net)),
        useful_(Useful(net, final_weights_)),
        rows_(net, useful_),
        best_(net.size(), kNoWay) {}

  Determined Run() {
    if (!useful_[Net::kStart]) return {};
    uint32_t start = 0;
    Reach({{Net::kStart, 0}}, &start);
    for (uint32_t state = 0; state + 1 < first_item_.size(); ++state) {
      if (state % 1024 == 0) CheckInterrupt();
      Expand(state);
    }
    result_.nodes.push_back({static_cast<uint32_t>(result_.arcs.size()), kNoWay});
    return std::move(result_);
  }

 private:
  struct Step {
    int32_t label;
    Item item;
  };

  void Expand(uint32_t state) {
    const size_t begin = first_item_[state], end = first_item_[state + 1];
    int32_t final_weight = kNoWay;
    steps_.clear();
    any_.clear();
    for (size_t i = begin; i < end; ++i) {
      const Item item = items_[i];
      if (final_weights_[item.node] != kNoWay) {
        final_weight = std::max(final_weight, Sum(item.behind, final_weights_[item.node]));
      }
      for (uint32_t k = rows_.Begin(item.node); k < rows_.spoken[item.node]; ++k) {
        const Rows::Arc& arc = rows_.arcs[k];
        const Item to = {arc.next, Sum(item.behind, arc.weight)};
        if (arc.label == kAny) {
          any_.push_back(to);
        } else {
          steps_.push_back({arc.label, to});
        }
      }
    }
    std::sort(steps_.begin(), steps_.end(),
              [](const Step& a, const Step& b) { return a.label < b.label; });
    result_.nodes.push_back({static_cast<uint32_t>(result_.arcs.size()), final_weight});
    for (size_t i = 0; i < steps_.size();) {
      const int32_t label = steps_[i].label;
      seeds_.clear();
      for (; i < steps_.size() && steps_[i].label == label; ++i) seeds_.push_back(steps_[i].item);
      if (label != space_) seeds_.insert(seeds_.end(), any_.begin(), any_.end());
      AddArc(label);
    }
    if (any_.empty()) return;
    seeds_ = any_;
    AddArc(kAny);
  }

  void AddArc(int32_t label) {
    uint32_t next = 0;
    const int32_t weight = Reach(seeds_, &next);
    if (next == kNowhere) return;
    result_.arcs.push_back({label, weight, next, 0});
  }

  // Where one may be from `seeds` on without saying anything, as a state; returns the best's
  // weight.
  int32_t Reach(const std::vector<Item>& seeds, uint32_t* state) {
    touched_.clear();
    for (const Item& seed : seeds) Touch(seed);
    while (!open_.empty()) {
      const uint32_t node = open_.back();
      open_.pop_back();
      for (uint32_t k = rows_.spoken[node]; k < rows_.end[node]; ++k) {
        Touch({rows_.arcs[k].next, Sum(best_[node], rows_.arcs[k].weight)});
      }
    }
    const size_t begin = items_.size();
    int32_t best = kNoWay;
    for (const uint32_t node : touched_) {
      if (Counts(node)) best = std::max(best, best_[node]);
    }
    std::sort(touched_.begin(), touched_.end());
    for (const uint32_t node : touched_) {
      if (Counts(node)) items_.push_back({node, std::max(best_[node] - best, kFarBehind)});
      best_[node] = kNoWay;
    }
    *state = begin == items_.size() ? kNowhere : Number(begin);
    return best;
  }

  void Touch(const Item& item) {
    int32_t& best = best_[item.node];
    if (item.behind <= best) return;
    if (best == kNoWay) touched_.push_back(item.node);
    best = item.behind;
    open_.push_back(item.node);
  }

  // Whether being at a node means anything, apart from where one gets without saying anything.
  // The start does, so that nothing else becomes the same state.
  bool Counts(uint32_t node) const {
    return node == Net::kStart || final_weights_[node] != kNoWay ||
           rows_.Begin(node) < rows_.spoken[node];
  }

  // The number of the state of items_ from `begin` on, which are dropped if it is there already.
  uint32_t Number(size_t begin) {
    if (items_.size() > kMostItems) throw Error("grows to too many states: it is too ambiguous");
    if (2 * first_item_.size() >= slots_.size()) Rehash();
    const auto first = items_.begin() + static_cast<std::ptrdiff_t>(begin);
    const size_t mask = slots_.size() - 1;
    size_t slot = Hash(begin, items_.size()) & mask;
    for (; slots_[slot] != kNowhere; slot = (slot + 1) & mask) {
      const uint32_t other = slots_[slot];
      const auto there = items_.begin() + static_cast<std::ptrdiff_t>(first_item_[other]);
      if (first_item_[other + 1] - first_item_[other] == items_.size() - begin &&
          std::equal(first, items_.end(), there)) {
        items_.resize(begin);
        return other;
      }
    }
    const auto number = static_cast<uint32_t>(first_item_.size() - 1);
    slots_[slot] = number;
    first_item_.push_back(items_.size());
    return number;
  }

  uint64_t Hash(size_t begin, size_t end) const {
    uint64_t hash = end - begin;
    for (size_t i = begin; i < end; ++i) {
      hash ^= uint64_t{items_[i].node} << 32 | static_cast<uint32_t>(items_[i].behind);
      hash *= 0x9ddfea08eb382d69u;
      hash ^= hash >> 32;
    }
    return hash;
  }

  void Rehash() {
    slots_.assign(std::max<size_t>(1024, 2 * slots_.size()), kNowhere);
    for (uint32_t state = 0; state + 1 < first_item_.size(); ++state) {
      size_t slot = Hash(first_item_[state], first_item_[state + 1]) & (slots_.size() - 1);
      while (slots_[slot] != kNowhere) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = state;
    }
  }

  static constexpr uint32_t kNowhere = UINT32_MAX;

  const int space_;
  const std::vector<int32_t> final_weights_;
  const std::vector<bool> useful_;
  const Rows rows_;
  Determined result_;
  std::vector<Item> items_;               // of all states
  std::vector<size_t> first_item_ = {0};  // of each state, and one more
  std::vector<uint32_t> slots_;           // states by the hash of their items
  std::vector<int32_t> best_;             // of each node, while one state is made
  std::vector<uint32_t> touched_, open_;
  std::vector<Step> steps_;
  std::vector<Item> any_, seeds_;
};

}  // namespace

Determined Determine(const Net& net) { return Determiner(net).Run(); }

}  // namespace ds
