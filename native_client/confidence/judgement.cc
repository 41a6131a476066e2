#include "confidence/judgement.h"

#include <algorithm>
#include <utility>

#include "decoder/words.h"

namespace ds {
namespace {

double Probability(const Curve* curve, const Evidence& evidence) {
  return curve != nullptr ? (*curve)(evidence.raw()) : evidence.raw();
}

// Puts one letter in the place of those of the labels `first` to `first + count - 1`.
void Reject(size_t first, size_t count, std::vector<Letter>* letters) {
  const auto inside = [&](const Letter& letter) {
    return letter.first >= first && letter.first < first + count;
  };
  const auto begin = std::find_if(letters->begin(), letters->end(), inside);
  const auto end = std::find_if_not(begin, letters->end(), inside);
  if (begin == end) return;
  *begin = {kUnknownSpeech, first, count};
  letters->erase(begin + 1, end);
}

// A slot means nothing certain where a word of it was rejected.
void RejectSlots(const Word& word, std::vector<Slot>* slots) {
  for (Slot& slot : *slots) {
    const size_t first = slot.labels.first, end = first + slot.labels.count;
    if (word.first < end && first < word.first + word.count) slot.value = kUnknownSpeech;
  }
}

void RejectText(Judged* judged) {
  judged->output.reading = {};
  Reject(0, judged->output.tokens.size(), &judged->letters);
  if (judged->words.empty()) return;
  const JudgedWord &first = judged->words.front(), &last = judged->words.back();
  double clarity = 1;
  for (const JudgedWord& word : judged->words) clarity = std::min(clarity, word.clarity);
  judged->words = {
      {kUnknownSpeech, first.start, last.end, clarity, judged->evidence, judged->probability}};
}

}  // namespace

std::vector<Judged> Judge::operator()(const Found& found, const Alphabet& alphabet) const {
  const std::vector<Weighed> all = Weigh(found, alphabet);
  std::vector<Judged> results;
  for (size_t k = 0; k < all.size(); ++k) {
    const Output& output = found.outputs[k];
    Judged& judged = results.emplace_back();
    judged.output = output;
    judged.letters = Letters(output, alphabet);
    const bool nothing = output.confidence <= kLogZero;  // the grammar allows none of what was kept
    judged.evidence = nothing ? Evidence{0.0, 0.0} : all[k].evidence;
    judged.probability = nothing ? 0 : Probability(curves.texts, judged.evidence);
    judged.calibrated = curves.texts != nullptr && curves.words != nullptr;
    const std::vector<Word> words = Words(output, alphabet);
    for (size_t i = 0; i < words.size(); ++i) {
      const Evidence& evidence = all[k].words[i];
      const double probability = Probability(curves.words, evidence);
      judged.words.push_back({words[i].text, words[i].start, words[i].end, words[i].confidence,
                              evidence, probability});
      if (probability >= least_word) continue;
      judged.words.back().text = kUnknownSpeech;
      Reject(words[i].first, words[i].count, &judged.letters);
      RejectSlots(words[i], &judged.output.reading.slots);
    }
    const bool rejected = judged.probability < least_text && !output.tokens.empty();
    if (rejected) RejectText(&judged);
    judged.intent = judged.output.reading.intent;
    judged.slots = SpokenSlots(judged.output, judged.letters);
    if (rejected && k == 0) break;
  }
  return results;
}

}  // namespace ds
