#include "decoder/models.h"

#include "base/utf8.h"

namespace ds {

void AddedWords::Insert(const std::vector<int>& labels) {
  int32_t node = kRoot;
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool last = i + 1 == labels.size();
    int32_t to = Next(node, labels[i]);
    if (to == kNone) {
      to = last ? kWordEnd : num_nodes_++;
      arcs_.push_back(Arc{node, labels[i], to});
    }
    if (to == kWordEnd) return;
    node = to;
  }
}

int32_t AddedWords::Next(int32_t node, int label) const {
  for (const Arc& arc : arcs_) {
    if (arc.from == node && arc.label == label) return arc.to;
  }
  return kNone;
}

void AddedWords::Insert(const std::vector<std::string>& words, const Alphabet& alphabet, int end) {
  const Speller speller(alphabet);
  std::vector<int> labels;
  for (const std::string& word : words) {
    speller.Spell(word, &labels);
    if (end >= 0) labels.push_back(end);
    Insert(labels);
  }
}

uint64_t LexiconBits(const ConstFst& lexicon, int32_t state, const AddedWords& added, int32_t node,
                     const Alphabet& alphabet) {
  uint64_t bits = 0;
  const ConstFst::Arcs arcs = lexicon.ArcsOf(state);
  // One for each label, but in a damaged file, which is not to take long.
  const size_t count = std::min(arcs.size(), alphabet.labels.size());
  for (size_t i = 0; i < count; ++i) {
    bits |= uint64_t{1} << ((static_cast<uint32_t>(arcs.first[i].label) - 1) & 63);
  }
  added.ForEachLabel(node, [&](int label) { bits |= uint64_t{1} << (label & 63); });
  return bits;
}

ScoredText::ScoredText(const Scorer& scorer, const Alphabet& alphabet, const HotWords& word_boosts,
                       const std::vector<std::string>& added_words, const Phrases& phrases,
                       std::optional<double> oov_cost)
    : scorer_(scorer),
      lexicon_(scorer.lexicon()),
      alphabet_(alphabet),
      units_(scorer.units()),
      space_(alphabet.space()),
      words_(scorer, word_boosts, added_words, oov_cost.has_value()),
      phrases_(phrases),
      open_(oov_cost.has_value()),
      cost_(static_cast<float>(oov_cost.value_or(0))) {
  added_.Insert(added_words, alphabet, units_ == Units::kWords ? space_ : -1);
  start_allowed_ =
      AllowedFrom(lexicon_.start(), added_.empty() ? AddedWords::kNone : AddedWords::kRoot);
  if (open_) {  // anything but an empty word; where the bit means other labels too, Follows knows
    start_allowed_ = ~uint64_t{0};
    if (alphabet.size() <= 64) start_allowed_ &= ~(uint64_t{1} << space_);
  }
}

ScoredText::State ScoredText::Start() const {
  State start{};
  start.word = kEmptyHash;
  start.lexicon = lexicon_.start();
  start.added = added_.empty() ? AddedWords::kNone : AddedWords::kRoot;
  start.allowed = start_allowed_;
  start.context = words_.start();
  start.phrase = phrases_.start();
  start.label = kNoLabel;
  return start;
}

uint64_t ScoredText::AllowedFrom(int32_t lexicon, int32_t added) const {
  return open_ ? ~uint64_t{0} : LexiconBits(lexicon_, lexicon, added_, added, alphabet_);
}

bool ScoredText::Spelt(int label, State* state) const {
  if (units_ == Units::kWords) {
    if (label != space_) state->word = Append(state->word, label);
    return label == space_;
  }
  if (units_ == Units::kLabels) {
    state->word = Append(kEmptyHash, label);
    return true;
  }
  const unsigned char byte = static_cast<unsigned char>(label + 1);
  if (StartsCharacter(byte)) {
    state->lead = byte;
    state->bytes = 0;
    state->word = kEmptyHash;
  }
  ++state->bytes;
  state->word = Append(state->word, label);
  return state->bytes == CharacterBytes(state->lead);
}

ScoredText::State ScoredText::Step(const State& from, int label, const Trace& trace,
                                   uint32_t head) {
  State to = from;
  to.label = static_cast<uint16_t>(label);
  if (Spelt(label, &to)) {
    to.context = Score(to, label, trace, head).context;
    if (units_ == Units::kWords) to.word = kEmptyHash;
  }
  to.phrase = phrases_.Next(from.phrase, label);

  // Where a word of the lexicon ends, the next one begins.
  const int32_t step = lexicon_.Next(from.lexicon, label + 1);
  const int32_t added =
      from.added == AddedWords::kNone ? AddedWords::kNone : added_.Next(from.added, label);
  to.unknown = from.unknown || (open_ && Leaves(from, label));
  const bool restart =
      open_ ? label == space_ : lexicon_.IsFinal(step) || added == AddedWords::kWordEnd;
  if (restart) to.unknown = false;
  to.lexicon = restart ? lexicon_.start() : step;
  to.added = !restart ? added : added_.empty() ? AddedWords::kNone : AddedWords::kRoot;
  to.allowed = restart ? start_allowed_ : AllowedFrom(to.lexicon, to.added);
  return to;
}

float ScoredText::FinalBonus(const State& state, const Trace& trace, uint32_t head) {
  const float phrase = phrases_.FinalGain(state.phrase);
  if (units_ == Units::kLabels) return phrase;
  if (units_ == Units::kCharacters) {
    if (state.label == kNoLabel)
      return phrase + static_cast<float>(scorer_.beta());  // as 0.9.3 does
    if (state.bytes == CharacterBytes(state.lead)) return phrase;
  } else if (state.label == kNoLabel || state.label == space_) {
    return phrase;
  }
  const WordScore score =
      words_.Score(state.context, state.word, [&] { return Spell(trace, head, -1); });
  const bool pays = open_ && !score.known && !state.unknown;
  return phrase + score.plain_bonus - (pays ? cost_ : 0.0f);
}

float ScoredText::OpenBonus(const State& from, int label, const Trace& trace, uint32_t head) {
  const float left = Leaves(from, label) ? cost_ : 0.0f;
  if (label != space_) return -left;
  const WordScore score = Score(from, label, trace, head);
  const bool pays = !score.known && !from.unknown;  // the model lacks it, whatever the lexicon has
  return score.bonus - (pays ? cost_ : left);
}

std::string ScoredText::Spell(const Trace& trace, uint32_t head, int last) const {
  std::vector<int> labels;
  if (last >= 0) labels.push_back(last);
  const auto starts = [&](int label) {
    return units_ == Units::kLabels ||
           (units_ == Units::kCharacters && StartsCharacter(static_cast<unsigned char>(label + 1)));
  };
  if (last < 0 || !starts(last)) {
    for (uint32_t i = head; i != Trace::kRoot; i = trace[i].parent) {
      if (units_ == Units::kWords && trace[i].label == space_) break;
      labels.push_back(trace[i].label);
      if (starts(trace[i].label)) break;
    }
  }
  std::reverse(labels.begin(), labels.end());
  return alphabet_.Decode(labels);
}

}  // namespace ds
