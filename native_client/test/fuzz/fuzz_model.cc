// Any bytes as a model: a code or a working engine, nothing else. Graph and package reader,
// matcher, packing; what opens also runs one step.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "features/features.h"
#include "model/open_model.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    ds::EngineOptions options;
    options.threads = 1;
    const ds::Engine engine(ds::ModelFromMemory(data, size), options);
    const ds::FeatureExtractor extractor(engine.network().features);
    const std::vector<float> windows(engine.network().n_window(), 0.5f);
    std::vector<float> probs(engine.network().n_classes());
    ds::LstmState state = engine.InitialState();
    ds::Workspace work;
    engine.Run(windows.data(), windows.size(), 1, &state, &work, probs.data());
  } catch (const ds::Error&) {
  }
  return 0;
}
