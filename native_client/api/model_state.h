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
    for (const std::string& label : alphabet.labels) label_texts.push_back(label.c_str());
    step_seconds = static_cast<float>(extractor.step()) / engine.network().features.sample_rate;
  }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  const Engine engine;
  const FeatureExtractor extractor;
  Alphabet alphabet;
  std::vector<const char*> label_texts;
  float step_seconds;
};

}  // namespace ds

struct ModelState {
  std::shared_ptr<const ds::Core> core;
  mutable ds::ForkMutex mutex;  // of what follows
  ds::DecoderOptions options;
  std::set<std::string> unspellable;  // hot words that the alphabet cannot spell: without effect
  std::shared_ptr<const ds::Scorer> scorer;

  std::shared_ptr<const ds::Scorer> RequireScorer() const {
    if (!scorer) {
      throw ds::Error(DS_ERR_SCORER_NOT_ENABLED,
                      "no scorer is enabled: call DS_EnableExternalScorer first");
    }
    return scorer;
  }
};
#endif  // DS_API_MODEL_STATE_H_
