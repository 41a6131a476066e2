#include "api/results.h"

#include <utility>

#include "decoder/words.h"

namespace ds {

MetadataBlock::MetadataBlock(const std::vector<Output>& outputs, const Alphabet& alphabet,
                             float step_seconds, std::vector<double> probabilities)
    : metadata{nullptr, 0, nullptr}, probs(std::move(probabilities)) {
  // Reserved first: the structs point into these.
  letters.reserve(outputs.size());
  tokens.reserve(outputs.size());
  words.reserve(outputs.size());
  word_texts.reserve(outputs.size());
  slots.reserve(outputs.size());
  slot_texts.reserve(outputs.size());
  transcripts.reserve(outputs.size());
  for (const Output& output : outputs) {
    const std::vector<Letter>& spelt = letters.emplace_back(Letters(output, alphabet));
    std::vector<TokenMetadata>& list = tokens.emplace_back();
    list.reserve(spelt.size());
    for (const Letter& letter : spelt) {
      const uint32_t step = output.timesteps[letter.first];
      list.push_back({letter.text.c_str(), step, step * step_seconds});
    }
    std::vector<std::string>& texts = word_texts.emplace_back();
    std::vector<WordMetadata>& found = words.emplace_back();
    const std::vector<Word> spoken = Words(output, alphabet);
    texts.reserve(spoken.size());
    for (const Word& word : spoken) {
      texts.push_back(word.text);
      found.push_back({texts.back().c_str(), word.start * step_seconds, word.end * step_seconds,
                       static_cast<float>(word.confidence)});
    }
    intents.push_back(output.reading.intent);
    std::vector<SlotMetadata>& named = slots.emplace_back();
    for (const SpokenSlot& slot : slot_texts.emplace_back(SpokenSlots(output, alphabet))) {
      named.push_back({slot.name.c_str(), slot.text.c_str(), slot.value.c_str(),
                       slot.start * step_seconds, slot.end * step_seconds});
    }
    transcripts.push_back({list.data(), static_cast<unsigned>(list.size()), output.confidence});
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
