// What a graph describes, in the words of the paper: layers, weights, features, alphabet.
#ifndef DS_MODEL_NETWORK_H_
#define DS_MODEL_NETWORK_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/feature_spec.h"
#include "model/graph.h"

namespace ds {

// A matrix [rows, cols] where it lies in the model file: fp32 by rows (maybe unaligned), or packed
// (packing.h; then `bytes` is 64-byte aligned).
struct WeightMatrix {
  std::string title;  // the node, for messages
  int rows = 0;       // inputs
  int cols = 0;       // outputs
  bool packed = false;
  int recurrent_bits = 8;  // of a packed kernel's recurrent rows: 8 or 4
  std::string_view bytes;
  std::vector<float> own;  // the elements, where the file says "all the same"; `bytes` views it
};

// y = LayerNorm(min(max(0, x W + b), clip)); layer 6 has neither clip nor norm.
struct DenseLayer {
  WeightMatrix weights;
  std::vector<float> bias;
  std::vector<float> gamma, beta;  // empty: no layer norm
  float clip = 0.0f;               // 0: linear
};

// Gate columns i, ci, f, o; rows are inputs, then recurrent; the forget bias is in the bias.
struct LstmLayer {
  WeightMatrix kernel;  // [inputs + cells, 4 * cells]
  std::vector<float> bias;
};

struct Network {
  FeatureSpec features;
  int n_context = 9;  // frames on either side
  int n_hidden = 0;
  int n_steps = 16;  // frames a call of the exported graph; ours takes any number
  bool bidirectional = false;
  DenseLayer layer1, layer2, layer3, layer5, layer6;
  std::vector<LstmLayer> lstm;  // forward, then backward
  std::string alphabet;         // serialised; the blank is not in it and comes last
  int beam_width = 500;
  int graph_version = 0;
  std::string language;
  std::string version_string;  // of the program that exported it
  std::string calibration;     // of confidences; may be empty

  int n_window() const { return features.n_input * (2 * n_context + 1); }
  int n_classes() const { return layer6.weights.cols; }
};

// Understands `graph` or throws Error naming the node that it cannot run. Views the model file.
Network ReadNetwork(const Graph& graph);

}  // namespace ds
#endif  // DS_MODEL_NETWORK_H_
