#include "decoder/slot_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ds {

Reading SlotReader::Read(const std::vector<int>& labels) const {
  std::vector<Item> items = {{scorer_.Begin(), kNoNode, 0, kNone, kNone, 0, 0}};
  std::vector<size_t> last = {0};  // items, best first
  const int space = grammar_.space();
  for (size_t begin = 0; begin < labels.size() && !last.empty();) {
    const auto found =
        std::find(labels.begin() + static_cast<std::ptrdiff_t>(begin), labels.end(), space);
    const auto end = static_cast<size_t>(found - labels.begin());
    std::vector<Item> next = After(items, last, labels, begin, end);
    if (next.empty()) break;  // of a word that is not complete nothing is said
    last.clear();
    for (Item& item : next) {
      last.push_back(items.size());
      items.push_back(std::move(item));
    }
    begin = end + 1;
  }
  // One that is in no slot, if there is one.
  size_t at = last.empty() ? 0 : last[0];
  for (const size_t i : last) {
    if (items[i].node != kNoNode) continue;
    at = i;
    break;
  }
  std::vector<size_t> ended;  // items that end a slot, the last one first
  for (; at != kNone; at = items[at].before) {
    if (items[at].slot != kNone && items[at].node == kNoNode) ended.push_back(at);
  }
  Reading reading;
  for (; !ended.empty(); ended.pop_back()) {
    const Item& item = items[ended.back()];
    const auto from = labels.begin();
    Reading slot = grammar_.ReadSlot(
        item.slot, std::vector<int>(from + static_cast<std::ptrdiff_t>(item.begin),
                                    from + static_cast<std::ptrdiff_t>(item.end)));
    for (Slot& inner : slot.slots) {
      inner.labels.first += item.begin;
      reading.slots.push_back(std::move(inner));
    }
    for (LabelRange range : slot.unknown) {
      reading.unknown.push_back({range.first + item.begin, range.count});
    }
    if (!slot.intent.empty()) reading.intent = slot.intent;
  }
  return reading;
}

std::vector<SlotReader::Item> SlotReader::After(const std::vector<Item>& items,
                                                const std::vector<size_t>& from,
                                                const std::vector<int>& labels, size_t begin,
                                                size_t end) const {
  const std::vector<int> word(labels.begin() + static_cast<std::ptrdiff_t>(begin),
                              labels.begin() + static_cast<std::ptrdiff_t>(end));
  const std::string text = alphabet_.Decode(word);
  const uint32_t id = scorer_.WordId(text);
  const bool added =
      std::find(added_words_.begin(), added_words_.end(), text) != added_words_.end();
  const bool listed = added || scorer_.InLexicon(word, grammar_.space());
  const bool known = added || id != 0;
  std::vector<Item> next;
  for (const size_t i : from) {
    const Item& item = items[i];
    if (item.node != kNoNode) {
      Item to = item;
      to.before = i;
      to.score += scorer_.beta();
      Say(to, item.node, word, begin, &next);
      continue;
    }
    Item to = {item.context, kNoNode, item.score + scorer_.beta(), i, kNone, begin, end};
    if (listed || oov_cost_) {
      Item plain = to;
      const bool open = oov_cost_ && !known;
      const double log_prob = scorer_.Score(item.context, id, &plain.context);
      if (!open) plain.score += scorer_.alpha() * log_prob;
      if (oov_cost_ && (!known || !listed)) plain.score -= *oov_cost_;
      next.push_back(plain);
    }
    for (const size_t slot : slots_) {
      const Grammar::SlotRule& rule = grammar_.slots()[slot];
      Item in = to;
      const double log_prob =
          scorer_.Score(item.context, scorer_.WordId(SlotWord(rule.name)), &in.context);
      in.slot = slot;
      in.score += scorer_.alpha() * (log_prob + double{1} * rule.weight / kPartsOfNat);
      Say(in, rule.node, word, begin, &next);
    }
  }
  std::stable_sort(next.begin(), next.end(),
                   [](const Item& a, const Item& b) { return a.score > b.score; });
  std::vector<Item> kept;  // the best of each context and node
  for (const Item& item : next) {
    if (kept.size() == kMostReadings) break;
    const bool there = std::any_of(kept.begin(), kept.end(), [&](const Item& other) {
      return other.node == item.node &&
             std::memcmp(&other.context, &item.context, sizeof item.context) == 0;
    });
    if (!there) kept.push_back(item);
  }
  return kept;
}

void SlotReader::Say(Item item, uint32_t node, const std::vector<int>& word, size_t begin,
                     std::vector<Item>* next) const {
  const Automaton& automaton = grammar_.search();
  const int space = grammar_.space();
  const auto nats = [&](int32_t weight) {
    return std::max(0.0, scorer_.alpha()) * std::min(weight, 0) / kPartsOfNat;
  };
  for (const int label : word) {
    const Automaton::Arc* arc = automaton.Find(node, label, space);
    if (arc == nullptr) return;
    item.score += nats(arc->weight);
    node = arc->next;
  }
  item.end = begin + word.size();
  const Item said = item;
  if (automaton.FinalWeight(node) != kNoWay) {
    item.node = kNoNode;
    item.score += nats(automaton.FinalWeight(node));
    next->push_back(item);
  }
  if (const Automaton::Arc* arc = automaton.Find(node, space, space)) {
    item = said;
    item.node = arc->next;
    item.score += nats(arc->weight);
    next->push_back(item);
  }
}

}  // namespace ds
