// Finds our network in a graph of TensorFlow Lite.
#ifndef DS_MODEL_TFLITE_NETWORK_H_
#define DS_MODEL_TFLITE_NETWORK_H_

#include <cstdint>
#include <vector>

#include "model/tflite_graph.h"

namespace ds::tflite {

constexpr float kLayerNormEpsilon = 1e-12f;

// A layer by the numbers of its tensors.
struct FlatDense {
  int weights = -1, bias = -1;
  float clip = 0.0f;
  bool norm = false;
  int gamma = -1, beta = -1;  // -1: ones, zeros (folded into what follows)
};

struct FlatNetwork {
  FlatDense layer1, layer2, layer3, lstm, layer5, layer6;
  std::vector<int64_t> input_shape;
};

// Throws Error, which names the tensor where the graph is another.
FlatNetwork FindNetwork(const FlatGraph& graph);

}  // namespace ds::tflite
#endif  // DS_MODEL_TFLITE_NETWORK_H_
