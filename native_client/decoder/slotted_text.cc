#include "decoder/slotted_text.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "decoder/log_math.h"
#include "decoder/slot_words.h"

namespace ds {
namespace {

float NatsOf(const Scorer& scorer) {
  return static_cast<float>(std::max(0.0, scorer.alpha()) / kPartsOfNat);
}

uint64_t HashOfSlot(size_t slot) { return Mix(kEmptyHash + 1 + slot); }

}  // namespace

SlottedText::SlottedText(const Scorer& scorer, std::shared_ptr<const Grammar> grammar,
                         const Alphabet& alphabet, const std::vector<std::string>& added_words,
                         const Phrases& phrases, std::optional<double> oov_cost)
    : scorer_(scorer),
      lexicon_(scorer.lexicon()),
      alphabet_(alphabet),
      space_(alphabet.space()),
      grammar_(std::move(grammar)),
      words_(scorer, {}, added_words, oov_cost.has_value()),
      phrases_(phrases),
      open_(oov_cost.has_value()),
      cost_(static_cast<float>(oov_cost.value_or(0))),
      beta_(static_cast<float>(scorer.beta())),
      places_(grammar_->search(), alphabet.size(), space_, NatsOf(scorer)),
      ends_(kEnds) {
  added_.Insert(added_words, alphabet, space_);
  for (const size_t slot : SlotsOf(&scorer, *grammar_)) {
    // Behind is what the letters decide; what all of the slot's texts pay is paid with its word.
    entries_.push_back({static_cast<uint32_t>(slot), grammar_->slots()[slot].node, 0.0f});
  }
  entry_ = places_.Intern(&entries_);
}

SlottedText::State SlottedText::Start() const {
  State start{};
  start.contexts = SlotPlaces::Single(words_.start(), SlotPlaces::kNoNode);
  start.phrase = phrases_.start();
  BeginWord(&start);
  return start;
}

void SlottedText::BeginWord(State* state) const {
  const bool ordinary = state->contexts != SlotPlaces::kNowhere;
  state->word = kEmptyHash;
  state->unknown = false;
  state->lexicon = ordinary ? lexicon_.start() : ConstFst::kNoState;
  state->added = ordinary && !added_.empty() ? AddedWords::kRoot : AddedWords::kNone;
  state->first = ordinary ? entry_ : SlotPlaces::kNowhere;
  state->best = BestOf(*state);
  state->allowed = AllowedIn(*state);
}

float SlottedText::BestOf(const State& state) const {
  float best = places_.best(state.later);
  const float before = places_.best(state.contexts);
  if (Ordinary(state)) best = std::max(best, before - (state.unknown ? cost_ : 0.0f));
  if (state.first != SlotPlaces::kNowhere)
    best = std::max(best, before + places_.best(state.first));
  return best;
}

uint64_t SlottedText::AllowedIn(const State& state) const {
  uint64_t allowed = 0;
  if ((state.first | state.later) != SlotPlaces::kNowhere) {
    allowed = places_.allowed(state.first) | places_.allowed(state.later);
  }
  if (!Ordinary(state)) return allowed;
  if (open_) {  // anything but an empty word; where the bit means other labels too, Follows knows
    const bool begins = state.word == kEmptyHash && alphabet_.size() <= 64;
    return begins ? allowed | ~(uint64_t{1} << space_) : ~uint64_t{0};
  }
  return allowed | LexiconBits(lexicon_, state.lexicon, added_, state.added, alphabet_);
}

void SlottedText::Spell(int label, State* state) {
  state->unknown = state->unknown || (open_ && LeavesWith(*state, label));
  state->added = NextAdded(*state, label);
  state->lexicon = lexicon_.Next(state->lexicon, label + 1);
  if (!open_ && (state->first | state->later) == SlotPlaces::kNowhere) return;
  state->first = places_.Next(state->first, label);
  state->later = places_.Next(state->later, label);
  state->best = BestOf(*state);
}

SlottedText::State SlottedText::Step(const State& from, int label, const Trace& trace,
                                     uint32_t head) {
  State to = from;
  if (label == space_) {
    const End end = EndWord(from, trace, head);
    to.contexts = end.contexts;
    to.later = end.later;
    BeginWord(&to);
  } else {
    Spell(label, &to);
    to.word = Append(from.word, label);
    to.allowed = AllowedIn(to);
  }
  to.phrase = phrases_.Next(from.phrase, label);
  return to;
}

bool SlottedText::OrdinaryEnds(const State& from) const {
  if (from.contexts == SlotPlaces::kNowhere) return false;
  if (open_) return from.word != kEmptyHash;
  return lexicon_.IsFinal(lexicon_.Next(from.lexicon, space_ + 1)) ||
         NextAdded(from, space_) == AddedWords::kWordEnd;
}

WordScore SlottedText::ScoreWord(uint32_t context, const State& from, const Trace& trace,
                                 uint32_t head) {
  WordScore score = words_.Score(context, from.word, [&] {
    std::vector<int> labels;
    for (uint32_t i = head; i != Trace::kRoot && trace[i].label != space_; i = trace[i].parent) {
      labels.push_back(trace[i].label);
    }
    std::reverse(labels.begin(), labels.end());
    return alphabet_.Decode(labels);
  });
  if (open_ && (from.unknown || !score.known || LeavesWith(from, space_))) {
    score.bonus -= cost_;
    score.plain_bonus -= cost_;
  }
  return score;
}

WordScore SlottedText::ScoreSlot(uint32_t context, size_t slot) {
  return words_.Score(context, HashOfSlot(slot),
                      [&] { return SlotWord(grammar_->slots()[slot].name); });
}

SlottedText::End SlottedText::EndWord(const State& from, const Trace& trace, uint32_t head) {
  if ((from.first | from.later) == SlotPlaces::kNowhere && SlotPlaces::IsSingle(from.contexts) &&
      OrdinaryEnds(from)) {  // as nearly always
    const WordScore score = ScoreWord(SlotPlaces::OwnerOf(from.contexts), from, trace, head);
    return {0, SlotPlaces::Single(score.context, SlotPlaces::kNoNode), SlotPlaces::kNowhere,
            score.bonus - from.best};
  }
  uint64_t key = Mix(from.word ^ Mix(from.contexts));
  key = Mix(key ^ Mix(from.first + Mix(from.later)));
  if (from.unknown) key = Mix(key);
  End& end = ends_[key & (kEnds - 1)];
  if (end.key != key) {
    end = ComputeEnd(from, trace, head);
    end.key = key;
  }
  return end;
}

SlottedText::End SlottedText::ComputeEnd(const State& from, const Trace& trace, uint32_t head) {
  using Place = SlotPlaces::Place;
  std::vector<Place> contexts, later;
  const auto say = [&](uint32_t context, uint32_t node, float behind) {
    const float ends = places_.Ends(node);
    if (ends != kLogZero) contexts.push_back({context, SlotPlaces::kNoNode, behind + ends});
    uint32_t next = 0;
    const float on = places_.GoesOn(node, &next);
    if (on != kLogZero) later.push_back({context, next, behind + on});
  };
  for (const Place& context : places_[from.contexts]) {
    if (OrdinaryEnds(from)) {
      const WordScore score = ScoreWord(context.owner, from, trace, head);
      contexts.push_back({score.context, SlotPlaces::kNoNode, context.behind + score.bonus});
    }
    for (const Place& slot : places_[from.first]) {
      const WordScore score = ScoreSlot(context.owner, slot.owner);
      say(score.context, slot.node, context.behind + slot.behind + score.bonus + Entry(slot.owner));
    }
  }
  for (const Place& place : places_[from.later]) say(place.owner, place.node, place.behind + beta_);
  float best = kLogZero;
  for (const Place& place : contexts) best = std::max(best, place.behind);
  for (const Place& place : later) best = std::max(best, place.behind);
  if (best == kLogZero) return {0, SlotPlaces::kNowhere, SlotPlaces::kNowhere, kLogZero};
  for (Place& place : contexts) place.behind -= best;
  for (Place& place : later) place.behind -= best;
  return {0, places_.Intern(&contexts, kMostReadings), places_.Intern(&later, kMostReadings),
          best - from.best};
}

float SlottedText::FinalBonus(const State& state, const Trace& trace, uint32_t head) {
  float best = kLogZero;
  if (state.word == kEmptyHash) {  // nothing is under way, unless it is a slot
    best = places_.best(state.contexts);
  } else {
    for (const SlotPlaces::Place& context : places_[state.contexts]) {
      if (Ordinary(state)) {
        const WordScore score = ScoreWord(context.owner, state, trace, head);
        best = std::max(best, context.behind + score.plain_bonus);
      }
      for (const SlotPlaces::Place& slot : places_[state.first]) {
        const float ends = places_.Ends(slot.node);
        if (ends == kLogZero) continue;
        const WordScore score = ScoreSlot(context.owner, slot.owner);
        best = std::max(
            best, context.behind + slot.behind + score.plain_bonus + Entry(slot.owner) + ends);
      }
    }
    for (const SlotPlaces::Place& place : places_[state.later]) {
      const float ends = places_.Ends(place.node);
      if (ends != kLogZero) best = std::max(best, place.behind + beta_ + ends);
    }
  }
  const float phrase = phrases_.FinalGain(state.phrase);
  // A slot that is not complete counts as an unfinished word does.
  if (best == kLogZero) return phrase + Bounded(Scorer::kUnknownWord * scorer_.alpha()) + beta_;
  return phrase + (best - state.best);
}

void SlottedText::Sweep(State* states, size_t count) {
  if (!words_.NeedsSweep() && places_.size() < sweep_at_) return;
  using List = SlotPlaces::List;
  using Place = SlotPlaces::Place;
  struct Numbered {  // a context, which words_ renumbers
    uint32_t context;
  };
  // The lists in use: with contexts, and with slots, which keep their numbers.
  struct InUse {
    std::unordered_map<List, size_t> numbers;
    std::vector<std::vector<Place>> lists;
    std::vector<List> renumbered;

    void Take(List list, const SlotPlaces& places) {
      if (!numbers.try_emplace(list, lists.size()).second) return;
      lists.push_back(places[list].Copy());
    }
    void Intern(SlotPlaces* places) {
      for (std::vector<Place>& list : lists) renumbered.push_back(places->Intern(&list));
    }
    List operator()(List list) const { return renumbered[numbers.at(list)]; }
  } contexts, slots;
  for (size_t i = 0; i < count; ++i) {
    contexts.Take(states[i].contexts, places_);
    contexts.Take(states[i].later, places_);
    slots.Take(states[i].first, places_);
  }
  std::vector<Numbered> numbers;
  for (const std::vector<Place>& list : contexts.lists) {
    for (const Place& place : list) numbers.push_back({place.owner});
  }
  words_.Sweep(numbers.data(), numbers.size());
  auto number = numbers.begin();
  for (std::vector<Place>& list : contexts.lists) {
    for (Place& place : list) place.owner = (number++)->context;
  }
  places_.Clear();
  std::fill(ends_.begin(), ends_.end(), End{0, 0, 0, 0});
  entry_ = places_.Intern(&entries_);
  contexts.Intern(&places_);
  slots.Intern(&places_);
  for (size_t i = 0; i < count; ++i) {
    states[i].contexts = contexts(states[i].contexts);
    states[i].later = contexts(states[i].later);
    states[i].first = slots(states[i].first);
  }
  sweep_at_ = std::max<size_t>(kFirstSweep, 4 * places_.size());
}

}  // namespace ds
