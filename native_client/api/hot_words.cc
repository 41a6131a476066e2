// Hot words of a model and of a stream.
#include <string>

#include "api/model_state.h"
#include "base/error.h"

std::string SearchSettings::AddHotWord(const ds::Alphabet& alphabet, const std::string& word,
                                       float boost) {
  ds::DecoderOptions more = options;
  if (unspellable.count(word) || !more.hot_words.emplace(word, boost).second) {
    throw ds::Error("hot word '" + word + "' was added already: erase it first");
  }
  ds::DecoderOptions trial = more;
  trial.beam_width = 1;
  try {
    ds::Decoder(alphabet, trial, scorer);
    options = std::move(more);
  } catch (const ds::UnspellableWord& e) {
    unspellable.insert(word);
    return std::string(e.what()) + ": it has no effect";
  }
  return "";
}

void SearchSettings::EraseHotWord(const std::string& word) {
  if (options.hot_words.erase(word) + unspellable.erase(word) == 0) {
    throw ds::Error("hot word '" + word + "' cannot be erased: it was not added");
  }
}

void SearchSettings::ClearHotWords() {
  options.hot_words.clear();
  unspellable.clear();
}
