// Any bytes as a TensorFlow Lite model: a code or a package that the graph reader takes. A file
// that does not say so is made to, so that the fuzzer need not find the four letters.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/error.h"
#include "engine/engine.h"
#include "model/open_model.h"
#include "model/tflite.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  if (file.size() > 8) std::memcpy(&file[4], "TFL3", 4);
  try {
    const std::string package = ds::PackageOfTflite(file);
    ds::EngineOptions options;
    options.threads = 1;
    const ds::Engine engine(ds::ModelFromMemory(package.data(), package.size()), options);
  } catch (const ds::Error&) {
  }
  return 0;
}
