// What a ModelState of deepspeech.h is.
#ifndef DS_API_MODEL_STATE_H_
#define DS_API_MODEL_STATE_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "base/error.h"
#include "base/fork.h"
#include "confidence/judgement.h"
#include "decoder/ctc_decoder.h"
#include "deepspeech.h"
#include "engine/engine.h"
#include "features/features.h"
#include "model/open_model.h"
#include "scorer/scorer.h"

namespace ds {

// A model as streams share it: read-only.
struct Core {
  Core(std::unique_ptr<ModelFile> file, const EngineOptions& options)
      : engine(std::move(file), options), extractor(engine.network().features) {
    try {
      alphabet = Alphabet::Deserialize(engine.network().alphabet);
    } catch (const Error& e) {
      throw Error(e.code(), std::string("metadata_alphabet of the model: ") + e.what());
    }
    if (alphabet.size() + 1 != engine.network().n_classes()) {
      throw Error(DS_ERR_INVALID_ALPHABET,
                  "the model has " + std::to_string(engine.network().n_classes()) +
                      " outputs; its alphabet has " + std::to_string(alphabet.size()) +
                      " labels and the blank");
    }
    try {
      calibration = Calibration(engine.network().calibration);
    } catch (const Error& e) {
      throw Error(DS_ERR_MODEL_INCOMPATIBLE, std::string("metadata_calibration of the model: ") +
                                                 e.what() + "; run bin/calibrate.py again");
    }
    for (const std::string& label : alphabet.labels) label_texts.push_back(label.c_str());
    step_seconds = static_cast<float>(extractor.step()) / engine.network().features.sample_rate;
  }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  const Engine engine;
  const FeatureExtractor extractor;
  Alphabet alphabet;
  Calibration calibration{""};
  std::vector<const char*> label_texts;
  float step_seconds;
};

}  // namespace ds

// How to search: what a stream takes over from its model.
struct SearchSettings {
  ds::DecoderOptions options;         // with the grammar
  std::set<std::string> unspellable;  // hot words that the alphabet cannot spell: without effect
  std::shared_ptr<const ds::Scorer> scorer;

  // Throw Error. A word that the alphabet cannot spell is taken, as in 0.9.3; the reason is
  // returned.
  std::string AddHotWord(const ds::Alphabet& alphabet, const std::string& word, float boost);
  void EraseHotWord(const std::string& word);
  void ClearHotWords();

  // What holds the search to some texts, as calibrations call it.
  const char* constraint() const {
    return options.grammar && !options.slotted() ? "grammar" : scorer ? "scorer" : "free";
  }
};

struct ModelState : SearchSettings {
  std::shared_ptr<const ds::Core> core;
  mutable ds::ForkMutex mutex;            // of what follows, and of the settings
  double least_text = 0, least_word = 0;  // probabilities below which they are rejected

  // By what results are judged, as things are.
  ds::Judge judge() const { return {core->calibration.Of(constraint()), least_text, least_word}; }
  std::shared_ptr<const ds::Scorer> RequireScorer() const {
    if (!scorer) {
      throw ds::Error(DS_ERR_SCORER_NOT_ENABLED,
                      "no scorer is enabled: call DS_EnableExternalScorer first");
    }
    return scorer;
  }
};
#endif  // DS_API_MODEL_STATE_H_
