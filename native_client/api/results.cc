#include "api/results.h"

#include <utility>

namespace ds {

namespace {

Confidence ConfidenceOf(const Evidence& evidence, double probability) {
  return {static_cast<float>(probability), static_cast<float>(evidence.fit),
          static_cast<float>(evidence.share)};
}

}  // namespace

MetadataBlock::MetadataBlock(std::vector<Judged> judged, const Alphabet& alphabet,
                             float step_seconds, std::vector<double> probabilities)
    : metadata{nullptr, 0, nullptr}, results(std::move(judged)), probs(std::move(probabilities)) {
  // Reserved first: the structs point into these.
  tokens.reserve(results.size());
  words.reserve(results.size());
  word_confidences.reserve(results.size());
  slots.reserve(results.size());
  for (const Judged& result : results) {
    std::vector<TokenMetadata>& list = tokens.emplace_back();
    list.reserve(result.letters.size());
    for (const Letter& letter : result.letters) {
      const uint32_t step = result.output.timesteps[letter.first];
      list.push_back({letter.text.c_str(), step, step * step_seconds});
    }
    std::vector<WordMetadata>& found = words.emplace_back();
    std::vector<Confidence>& trust = word_confidences.emplace_back();
    for (const JudgedWord& word : result.words) {
      found.push_back({word.text.c_str(), word.start * step_seconds, word.end * step_seconds,
                       static_cast<float>(word.clarity)});
      trust.push_back(ConfidenceOf(word.evidence, word.probability));
    }
    std::vector<SlotMetadata>& named = slots.emplace_back();
    for (const SpokenSlot& slot : result.slots) {
      named.push_back({slot.name.c_str(), slot.text.c_str(), slot.value.c_str(),
                       slot.start * step_seconds, slot.end * step_seconds});
    }
    transcripts.push_back(
        {list.data(), static_cast<unsigned>(list.size()), result.output.confidence});
    confidences.push_back({result.calibrated, ConfidenceOf(result.evidence, result.probability),
                           trust.data(), static_cast<unsigned>(trust.size())});
  }
  if (!probs.empty()) {
    symbol_texts = alphabet.labels;
    symbol_texts.emplace_back();  // the blank
    for (const std::string& text : symbol_texts) symbols.push_back(text.c_str());
    emissions = {static_cast<int>(symbols.size()), symbols.data(),
                 static_cast<int>(probs.size() / symbols.size()), probs.data()};
  }
  new (&metadata) Metadata{transcripts.data(), static_cast<unsigned>(transcripts.size()),
                           probs.empty() ? nullptr : &emissions};
}

}  // namespace ds
