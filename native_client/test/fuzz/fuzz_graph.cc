// Any bytes as a serialised graph: the protobuf reader and the constants alone, so that the fuzzer
// is fast there.
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "model/graph.h"
#include "model/open_model.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto file = ds::ModelFromMemory(data, size);
    const ds::Graph graph(*file);
    for (const ds::Node& node : graph.nodes()) {
      try {
        graph.Constant(node);
        ds::Graph::Shape(node);
        for (size_t i = 0; i < ds::Graph::DataInputs(node); ++i) graph.Input(node, i);
      } catch (const ds::Error&) {
      }
    }
  } catch (const ds::Error&) {
  }
  return 0;
}
