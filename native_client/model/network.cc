#include "model/network.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <unordered_set>

#include "base/error.h"
#include "kernels/packing.h"

namespace ds {
namespace {

constexpr int kMaxWidth = 1 << 14;       // of a layer; 2048 is usual
constexpr int kMaxWindow = 1 << 16;      // inputs of layer 1; 494 is usual
constexpr int kMaxChain = 1000;          // operations in a row that only change the shape
constexpr int64_t kMaxFilled = 1 << 20;  // elements of a constant that the file gives as one number
constexpr float kLayerNormEpsilon = 1e-12f;

[[noreturn]] void Refuse(const std::string& message) {
  throw Error(DS_ERR_MODEL_INCOMPATIBLE, message);
}

[[noreturn]] void Refuse(const Node& node, const std::string& why) {
  Refuse("this client cannot run " + node.Title() + " of the model: " + why);
}

bool OneOf(std::string_view op, std::initializer_list<std::string_view> ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

// ---- metadata -----------------------------------------------------------------------------------

int MetadataInt(const Graph& graph, std::string_view name, int otherwise, int low, int high) {
  const Node* node = graph.Find(name);
  if (node == nullptr) return otherwise;
  const Tensor tensor = graph.Constant(*node);
  if (tensor.type != DataType::kInt32 || tensor.values.empty()) {
    Refuse(*node, "expected an int32 constant");
  }
  const double value = tensor.values[0];  // any: a damaged file lists floats here
  if (!(value >= low && value <= high)) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", value);
    Refuse(*node, std::string("its value is ") + text + ", expected " + std::to_string(low) +
                      " to " + std::to_string(high));
  }
  return static_cast<int>(value);
}

std::string MetadataString(const Graph& graph, std::string_view name) {
  const Node* node = graph.Find(name);
  if (node == nullptr) return {};
  const Tensor tensor = graph.Constant(*node);
  if (tensor.type != DataType::kString || tensor.strings.empty()) {
    Refuse(*node, "expected a string constant");
  }
  return std::string(tensor.strings[0]);
}

void ReadMetadata(const Graph& graph, Network* network) {
  if (graph.Find("metadata_version") == nullptr) {
    Refuse(
        "the model has no node 'metadata_version': it was written before 0.6 or is not a "
        "DeepSpeech export; export the checkpoint again");
  }
  network->graph_version = MetadataInt(graph, "metadata_version", 0, 6, 7);
  const Node* packing = graph.Find("metadata_packing");
  if (packing != nullptr) MetadataInt(graph, "metadata_packing", 1, 1, kInt4PackingVersion);

  FeatureSpec& features = network->features;
  features.sample_rate = MetadataInt(graph, "metadata_sample_rate", 16000, 1000, 1000000);
  features.win_len_ms = MetadataInt(graph, "metadata_feature_win_len", 32, 1, 1000);
  features.win_step_ms = MetadataInt(graph, "metadata_feature_win_step", 20, 1, 1000);
  features.upper_hz = features.sample_rate / 2.0f;
  const std::string kind = MetadataString(graph, "metadata_feature_type");
  if (!kind.empty() && kind != "2017" && kind != "0.9.3") {
    Refuse(*graph.Find("metadata_feature_type"), "expected features '2017' or '0.9.3'");
  }
  features.is_2017 = kind == "2017";
  network->beam_width = MetadataInt(graph, "metadata_beam_width", 500, 1, 1000000);
  network->language = MetadataString(graph, "metadata_language");
  network->version_string = MetadataString(graph, "metadata_version_string");
  network->calibration = MetadataString(graph, "metadata_calibration");
  network->alphabet = MetadataString(graph, "metadata_alphabet");
}

// Goes back over nodes of these operations, by their first inputs.
const Node* PassOver(const Graph& graph, const Node* node,
                     std::initializer_list<std::string_view> ops) {
  for (int i = 0; i < kMaxChain; ++i) {
    if (!OneOf(node->op, ops)) return node;
    node = &graph.Input(*node, 0);
  }
  Refuse(*node, "its inputs form a cycle or an endless chain");
}

// mfccs <- Reshape <- Mfcc <- AudioSpectrogram <- samples, where the graph has it.
void ReadFeatureGraph(const Graph& graph, FeatureSpec* features) {
  const Node* node = graph.Find("mfccs");
  if (node == nullptr || features->is_2017) return;
  node = PassOver(graph, node, {"Identity", "Reshape", "ExpandDims", "Squeeze"});
  if (node->op != "Mfcc") Refuse(*node, "expected the features to come from an Mfcc node");
  const int64_t channels = Graph::Int(*node, "filterbank_channel_count", 40);
  if (channels < 1 || channels > 1000) Refuse(*node, "filterbank_channel_count is out of range");
  features->mel_channels = static_cast<int>(channels);
  features->lower_hz = Graph::Float(*node, "lower_frequency_limit", 20.0f);
  features->upper_hz = Graph::Float(*node, "upper_frequency_limit", 4000.0f);
  const float nyquist = features->sample_rate / 2.0f;
  if (!(features->lower_hz >= 0.0f && features->lower_hz < features->upper_hz &&
        features->upper_hz <= nyquist)) {
    Refuse(*node, "its frequency limits are out of range");
  }
  const int64_t coefficients = Graph::Int(*node, "dct_coefficient_count", 13);
  if (coefficients != features->n_input) {
    Refuse(*node, "its number of features differs from that of input_node");
  }
  const Node* spectrogram = &graph.Input(*node, 0);
  if (spectrogram->op != "AudioSpectrogram") {
    Refuse(*spectrogram, "expected an AudioSpectrogram");
  }
  const int64_t rate = features->sample_rate;
  if (Graph::Int(*spectrogram, "window_size", 0) != rate * features->win_len_ms / 1000 ||
      Graph::Int(*spectrogram, "stride", 0) != rate * features->win_step_ms / 1000 ||
      Graph::Int(*spectrogram, "magnitude_squared", 0) != 1) {
    Refuse(*spectrogram, "window, stride or magnitude_squared do not match the metadata");
  }
}

// ---- the network, from the logits backwards -----------------------------------------------------

class Matcher {
 public:
  explicit Matcher(const Graph& graph) : graph_(graph) {}

  void Match(Network* network) {
    const Node* output = graph_.Find("logits");
    if (output == nullptr) Refuse("the model has no node 'logits': it is not a DeepSpeech export");
    if (output->op != "Softmax") Refuse(*output, "expected a Softmax");
    const Node* node = Linear(graph_.Input(*output, 0), &network->layer6);
    node = Clipped(*node, &network->layer5);
    node = Recurrent(*node, network);
    node = Clipped(*node, &network->layer3);
    node = Clipped(*node, &network->layer2);
    node = Clipped(*node, &network->layer1);
    Source(*Strip(node), network);
    CheckStates(*network);
    CheckShapes(network);
  }

 private:
  // Passes over what only changes the shape.
  const Node* Strip(const Node* node) const {
    return PassOver(graph_, node, {"Identity", "Reshape", "Transpose", "ExpandDims", "Squeeze"});
  }
  const Node& Constant(const Node& of, size_t input) const {
    return *Strip(&graph_.Input(of, input));
  }
  // Calls visit(node) for `from` and, where it says true, for the node's inputs: once for each
  // node.
  template <typename Visit>
  void Walk(const Node& from, Visit visit) const {
    std::unordered_set<const Node*> seen;
    std::vector<const Node*> open = {&from};
    while (!open.empty()) {
      const Node& node = *open.back();
      open.pop_back();
      if (!seen.insert(&node).second || !visit(node)) continue;
      const size_t count = Graph::DataInputs(node);
      for (size_t i = 0; i < count; ++i) open.push_back(&graph_.Input(node, i));
    }
  }

  std::vector<float> Vector(const Node& node, int64_t count) const {
    const Tensor tensor = graph_.Constant(node);
    if (tensor.type != DataType::kFloat || tensor.shape.size() != 1 || tensor.shape[0] != count ||
        count > 4 * kMaxWidth) {
      Refuse(node, "expected a float vector of " + std::to_string(count) + " elements");
    }
    std::vector<float> result(count);
    if (tensor.content.size() == result.size() * sizeof(float)) {
      std::memcpy(result.data(), tensor.content.data(), tensor.content.size());
    } else if (tensor.content.empty() && !tensor.values.empty()) {
      for (int64_t i = 0; i < count; ++i) {
        result[i] =
            static_cast<float>(tensor.values[std::min<size_t>(i, tensor.values.size() - 1)]);
      }
    } else {
      Refuse(node, "its content has the wrong size");
    }
    return result;
  }

  float Scalar(const Node& node) const {
    const Tensor tensor = graph_.Constant(node);
    if (tensor.type != DataType::kFloat || tensor.Count() != 1) {
      Refuse(node, "expected a float number");
    }
    float value = 0.0f;
    if (tensor.content.size() == sizeof value) {
      std::memcpy(&value, tensor.content.data(), sizeof value);
    } else if (!tensor.values.empty()) {
      value = static_cast<float>(tensor.values[0]);
    }
    return value;
  }

  // `is_kernel`: of an LSTM, whose packed form has two parts (see packing.h).
  WeightMatrix Matrix(const Node& node, bool is_kernel) const {
    const Tensor tensor = graph_.Constant(node);
    if (tensor.shape.size() != 2 || tensor.shape[0] < 1 || tensor.shape[1] < 1 ||
        tensor.shape[0] > kMaxWindow || tensor.shape[1] > 4 * kMaxWidth) {
      Refuse(node, "expected a matrix of a usual size");
    }
    WeightMatrix matrix;
    matrix.title = node.Title();
    matrix.rows = static_cast<int>(tensor.shape[0]);
    matrix.cols = static_cast<int>(tensor.shape[1]);
    matrix.packed = tensor.type == DataType::kQint8;
    matrix.bytes = tensor.content;
    if (matrix.packed) {
      const int cells = matrix.cols / 4;
      auto size = [&](int bits) -> size_t {
        if (!is_kernel) return PackedSize(matrix.rows, matrix.cols);
        if (matrix.rows <= cells || matrix.cols % 4 != 0) return 0;
        return PackedSize(matrix.rows - cells, matrix.cols, true) +
               PackedSize(cells, matrix.cols, true, bits);
      };
      if (is_kernel && matrix.bytes.size() == size(4)) matrix.recurrent_bits = 4;
      if (matrix.bytes.size() != size(matrix.recurrent_bits)) {
        Refuse(node, "its packed region has the wrong size");
      }
      return matrix;
    }
    if (tensor.type != DataType::kFloat) Refuse(node, "expected a float matrix");
    const int64_t count = tensor.Count();
    if (matrix.bytes.empty() && !tensor.values.empty() && count <= kMaxFilled) {
      matrix.own.resize(count);
      for (int64_t i = 0; i < count; ++i) {
        matrix.own[i] =
            static_cast<float>(tensor.values[std::min<size_t>(i, tensor.values.size() - 1)]);
      }
      matrix.bytes = {reinterpret_cast<const char*>(matrix.own.data()),
                      matrix.own.size() * sizeof(float)};
    }
    if (matrix.bytes.size() != static_cast<uint64_t>(count) * sizeof(float)) {
      Refuse(node, "its content has the wrong size");
    }
    return matrix;
  }

  // x W + b; returns where x comes from.
  const Node* Linear(const Node& from, DenseLayer* layer) const {
    const Node& sum = *Strip(&from);
    if (!OneOf(sum.op, {"BiasAdd", "Add", "AddV2"})) Refuse(sum, "expected x W + b here");
    const Node& product = *Strip(&graph_.Input(sum, 0));
    if (product.op != "MatMul") Refuse(product, "expected a MatMul here");
    if (Graph::Int(product, "transpose_a", 0) != 0 || Graph::Int(product, "transpose_b", 0) != 0) {
      Refuse(product, "its operands must not be transposed");
    }
    layer->weights = Matrix(Constant(product, 1), false);
    layer->bias = Vector(Constant(sum, 1), layer->weights.cols);
    return &graph_.Input(product, 0);
  }

  // min(max(0, x W + b), clip), with layer norm or without.
  const Node* Clipped(const Node& from, DenseLayer* layer) const {
    const Node* node = Strip(&from);
    const Node* gamma = nullptr;
    const Node* beta = nullptr;
    if (node->op != "Minimum") node = LayerNorm(*node, &gamma, &beta);
    const Node& ceiling = *node;
    layer->clip = Scalar(Constant(ceiling, 1));
    if (!(layer->clip > 0.0f)) Refuse(ceiling, "its clip value must be positive");
    const Node& relu = *Strip(&graph_.Input(ceiling, 0));
    if (relu.op != "Relu") Refuse(relu, "expected a Relu here");
    const Node* input = Linear(graph_.Input(relu, 0), layer);
    if (gamma != nullptr) {
      layer->gamma = Vector(*gamma, layer->weights.cols);
      layer->beta = Vector(*beta, layer->weights.cols);
    }
    return input;
  }

  // The nodes of a layer norm over the last axis, whichever way they are wired; ends at the
  // Minimum.
  const Node* LayerNorm(const Node& from, const Node** gamma, const Node** beta) const {
    const Node* inner = nullptr;
    bool has_rsqrt = false, has_mean = false;
    Walk(from, [&](const Node& node) {
      if (node.op == "Minimum") {
        if (inner != nullptr && inner != &node) Refuse(node, "expected one layer here");
        inner = &node;
        return false;
      }
      if (OneOf(node.op, {"Const", "ImmutableConst"})) {
        const bool is_gamma = EndsWith(node.name, "/gamma"), is_beta = EndsWith(node.name, "/beta");
        if (is_gamma) *gamma = &node;
        if (is_beta) *beta = &node;
        if (!is_gamma && !is_beta) CheckEpsilon(node);
        return false;
      }
      has_rsqrt |= node.op == "Rsqrt";
      has_mean |= node.op == "Mean";
      if (!OneOf(node.op, {"Add", "AddV2", "Mul", "Sub", "Mean", "SquaredDifference", "Rsqrt",
                           "Square", "StopGradient", "Identity", "Reshape", "BiasAdd"})) {
        Refuse(node, "expected a clipped rectified layer here, with or without layer norm");
      }
      return true;
    });
    if (inner == nullptr || !has_rsqrt || !has_mean || *gamma == nullptr || *beta == nullptr) {
      Refuse(from, "expected a clipped rectified layer here, with or without layer norm");
    }
    return inner;
  }

  void CheckEpsilon(const Node& node) const {
    const Tensor tensor = graph_.Constant(node);
    if (tensor.type == DataType::kFloat && tensor.Count() == 1 &&
        std::fabs(Scalar(node) - kLayerNormEpsilon) > 1e-3f * kLayerNormEpsilon) {
      Refuse(node, "layer norm must have epsilon 1e-12");
    }
  }

  // One LSTM, or one each way side by side; returns where their input comes from.
  const Node* Recurrent(const Node& from, Network* network) const {
    const Node* node = Strip(&from);
    if (node->op != "ConcatV2") {
      network->lstm.resize(1);
      bool reversed = false;
      const Node* input = Lstm(*node, &network->lstm[0], &reversed);
      if (reversed) Refuse(*node, "expected a forward LSTM here");
      return input;
    }
    if (Graph::DataInputs(*node) != 3) Refuse(*node, "expected two directions here");
    network->bidirectional = true;
    network->lstm.resize(2);
    const Node* inputs[2];
    for (int way = 0; way < 2; ++way) {
      bool reversed = false;
      inputs[way] = Lstm(graph_.Input(*node, way), &network->lstm[way], &reversed);
      if (reversed != (way == 1)) Refuse(*node, "expected forward, then backward LSTM here");
    }
    if (inputs[0] != inputs[1]) Refuse(*node, "both directions must read the same layer");
    return inputs[0];
  }

  // Passes over shape changes and reversals in time; `reversed` flips with each reversal.
  const Node* StripReversals(const Node* node, bool* reversed) const {
    for (int i = 0; i < kMaxChain; ++i) {
      node = Strip(node);
      if (!OneOf(node->op, {"ReverseSequence", "ReverseV2"})) return node;
      *reversed = !*reversed;
      node = &graph_.Input(*node, 0);
    }
    Refuse(*node, "its inputs form a cycle or an endless chain");
  }

  const Node* Lstm(const Node& from, LstmLayer* layer, bool* reversed) const {
    const Node* node = StripReversals(&from, reversed);
    int output = -1;
    if (node->op == "Mul") {  // h times the mask of valid steps
      CheckOps(graph_.Input(*node, 1), {"Tile", "ExpandDims", "Transpose", "Cast", "Less", "Range",
                                        "Const", "Placeholder", "Max", "Identity", "Reshape"});
      output = Graph::OutputIndex(node->inputs[0]);
      node = &graph_.Input(*node, 0);
      if (node->op != "BlockLSTM") node = StripReversals(node, reversed);
    }
    if (node->op != "BlockLSTM") Refuse(*node, "expected a BlockLSTM here");
    if (output > 0 && output != 6) Refuse(*node, "its output h must be the one in use");
    if (Graph::Int(*node, "use_peephole", 0) != 0) Refuse(*node, "peepholes are not supported");
    if (Graph::Float(*node, "cell_clip", 3.0f) > 0.0f) Refuse(*node, "cell_clip is not supported");
    layer->kernel = Matrix(Constant(*node, 4), true);
    layer->bias = Vector(Constant(*node, 8), layer->kernel.cols);
    const float forget_bias = Graph::Float(*node, "forget_bias", 1.0f);
    const int cells = layer->kernel.cols / 4;
    for (int i = 2 * cells; i < 3 * cells; ++i) layer->bias[i] += forget_bias;
    bool input_reversed = false;
    const Node* input = StripReversals(&graph_.Input(*node, 1), &input_reversed);
    if (input_reversed != *reversed) {
      Refuse(*node, "its input and output must run in the same direction");
    }
    return input;
  }

  // Every node that `from` is computed from has one of these operations.
  void CheckOps(const Node& from, std::initializer_list<std::string_view> ops) const {
    Walk(from, [&](const Node& node) {
      if (!OneOf(node.op, ops)) Refuse(node, "unexpected operation here");
      return true;
    });
  }

  // input_node [1, n_steps, 2 * n_context + 1, n_input]
  void Source(const Node& node, Network* network) const {
    if (node.op != "Placeholder" || node.name != "input_node") {
      Refuse(node, "layer 1 must be fed by the placeholder 'input_node'");
    }
    const std::vector<int64_t> shape = Graph::Shape(node);
    if (shape.size() != 4 || shape[2] < 1 || shape[2] > 1001 || shape[2] % 2 == 0 || shape[3] < 1 ||
        shape[3] > 1000 || shape[2] * shape[3] > kMaxWindow) {
      Refuse(node, "its shape must be [1, n_steps, 2 * n_context + 1, n_input]");
    }
    if (shape[1] > 0) network->n_steps = static_cast<int>(std::min<int64_t>(shape[1], 1024));
    network->n_context = static_cast<int>((shape[2] - 1) / 2);
    network->features.n_input = static_cast<int>(shape[3]);
  }

  void CheckStates(const Network& network) const {
    if (network.bidirectional) return;
    for (const char* name : {"new_state_c", "new_state_h"}) {
      const Node* node = graph_.Find(name);
      if (node == nullptr) Refuse(std::string("the model has no node '") + name + "'");
      CheckOps(*node, {"Identity",
                       "GatherNd",
                       "Gather",
                       "GatherV2",
                       "Pack",
                       "Range",
                       "ConcatV2",
                       "ExpandDims",
                       "Squeeze",
                       "Sub",
                       "StridedSlice",
                       "Slice",
                       "Shape",
                       "Mul",
                       "Tile",
                       "Transpose",
                       "Cast",
                       "Less",
                       "Const",
                       "ImmutableConst",
                       "Placeholder",
                       "Max",
                       "Reshape",
                       "Fill",
                       "BlockLSTM",
                       "Minimum",
                       "Relu",
                       "BiasAdd",
                       "Add",
                       "AddV2",
                       "MatMul",
                       "Mean",
                       "SquaredDifference",
                       "Rsqrt",
                       "Square",
                       "StopGradient"});
    }
  }

  void CheckShapes(Network* network) const {
    const DenseLayer& first = network->layer1;
    const int h = first.weights.cols;
    network->n_hidden = h;
    if (h > kMaxWidth) Refuse(first.weights.title + " of the model is too wide for this client");
    const int h4 = network->bidirectional ? 2 * h : h;
    ExpectRows(first.weights, network->n_window(), h);
    ExpectRows(network->layer2.weights, h, h);
    ExpectRows(network->layer3.weights, h, h4);
    for (const LstmLayer& lstm : network->lstm) ExpectRows(lstm.kernel, h4 + h, 4 * h);
    ExpectRows(network->layer5.weights, h4, h);
    ExpectRows(network->layer6.weights, h, network->layer6.weights.cols);
  }
  static void ExpectRows(const WeightMatrix& matrix, int rows, int cols) {
    if (matrix.rows == rows && matrix.cols == cols) return;
    throw Error(DS_ERR_INVALID_SHAPE, matrix.title + " of the model is [" +
                                          std::to_string(matrix.rows) + ", " +
                                          std::to_string(matrix.cols) + "], expected [" +
                                          std::to_string(rows) + ", " + std::to_string(cols) + "]");
  }

  const Graph& graph_;
};

}  // namespace

Network ReadNetwork(const Graph& graph) {
  Network network;
  ReadMetadata(graph, &network);
  Matcher(graph).Match(&network);
  ReadFeatureGraph(graph, &network.features);
  return network;
}

}  // namespace ds
