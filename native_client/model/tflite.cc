#include "model/tflite.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "kernels/packing.h"
#include "model/graph_writer.h"
#include "model/tflite_graph.h"
#include "model/tflite_network.h"

namespace ds {
namespace tflite {
namespace {

constexpr size_t kMaxMetadata = 64;   // names
constexpr size_t kMaxText = 1 << 20;  // bytes of one

// Writes what was found as a package.
class Repacker {
 public:
  Repacker(const FlatGraph& graph, const FlatNetwork& network) : graph_(graph), network_(network) {}

  std::string Write() {
    Metadata();
    Features();
    package_.AddNode(NodeWriter("input_node", "Placeholder")
                         .Type("dtype", DataType::kFloat)
                         .Shape("shape", network_.input_shape));
    Clipped("layer_1", "input_node", network_.layer1);
    Clipped("layer_2", "layer_1", network_.layer2);
    Clipped("layer_3", "layer_2", network_.layer3);
    Lstm();
    Clipped("layer_5", "lstm/output", network_.layer5);
    Linear("layer_6", "layer_5", network_.layer6);
    package_.AddNode(NodeWriter("logits", "Softmax", {"layer_6/sum"}));
    return package_.Finish();
  }

 private:
  void Metadata() {
    package_.AddInt("metadata_packing", 1);
    size_t count = 0;
    for (const auto& [name, output] : graph_.outputs()) {
      if (name.substr(0, 9) != "metadata_") continue;
      if (++count > kMaxMetadata || name.size() > kMaxText) {
        Refuse("the TensorFlow Lite model has too many metadata");
      }
      int index = output;
      for (int i = 0; i < 8; ++i) {
        const Operation* source = graph_.Source(index);
        if (source == nullptr || source->op != Op::kReshape || source->inputs.empty()) break;
        index = source->inputs[0];
      }
      const FlatTensor& tensor = graph_.tensor(index);
      if (tensor.content.empty()) Refuse(tensor.Title() + " of the model must be a constant");
      if (tensor.type == Type::kInt32) {
        package_.AddInt(name, ReadAt<int32_t>(tensor.content, 0));
      } else if (tensor.type == Type::kFloat32) {
        package_.AddScalar(name, ReadAt<float>(tensor.content, 0));
      } else if (tensor.type == Type::kString) {
        // {int32 count, int32 begin[count], int32 end, bytes}
        const auto begin = ReadAt<uint32_t>(tensor.content, 4);
        const auto end = ReadAt<uint32_t>(tensor.content, 8);
        if (ReadAt<int32_t>(tensor.content, 0) != 1 || begin > end || end > tensor.content.size() ||
            end - begin > kMaxText) {
          FailFlatbuffer("a text is malformed");
        }
        package_.AddNode(
            NodeWriter(name, "Const").StringValue(tensor.content.substr(begin, end - begin)));
      }
    }
  }

  // The options of the two operations, for the checks of network.cc.
  void Features() {
    const Operation* mfcc = nullptr;
    const Operation* spectrogram = nullptr;
    for (const Operation& operation : graph_.operations()) {
      if (operation.op != Op::kCustom) continue;
      if (operation.custom == "Mfcc") mfcc = &operation;
      if (operation.custom == "AudioSpectrogram") spectrogram = &operation;
    }
    if (mfcc == nullptr || spectrogram == nullptr) return;
    NodeWriter window("AudioSpectrogram", "AudioSpectrogram", {"input_samples"});
    for (const auto& [name, value] : FlexNumbers(spectrogram->custom_options)) {
      if (name == "magnitude_squared") {
        window.Bool(name, value != 0);
      } else {
        window.Int(name, Whole(value));
      }
    }
    NodeWriter bank("mfccs", "Mfcc", {"AudioSpectrogram", "sample_rate"});
    for (const auto& [name, value] : FlexNumbers(mfcc->custom_options)) {
      if (name.find("limit") != std::string::npos) {
        bank.Float(name, static_cast<float>(value));
      } else {
        bank.Int(name, Whole(value));
      }
    }
    package_.AddNode(NodeWriter("input_samples", "Placeholder").Type("dtype", DataType::kFloat));
    package_.AddNode(window);
    package_.AddNode(bank);
  }
  static int64_t Whole(double value) {
    return std::fabs(value) < 1e9 ? static_cast<int64_t>(value) : -1;
  }

  std::vector<float> Vector(int index, int64_t count) const {
    const FlatTensor& tensor = graph_.Stored(index);
    const size_t bytes = FloatBytes(tensor);
    if (bytes == 0 || tensor.Count() != count ||
        tensor.content.size() != static_cast<size_t>(count) * bytes) {
      Refuse(tensor.Title() + " of the model must have " + std::to_string(count) +
             " elements of type float32");
    }
    std::vector<float> values(count);
    for (int64_t i = 0; i < count; ++i) values[i] = FloatAt(tensor, static_cast<size_t>(i));
    return values;
  }

  // The matrix [outputs, inputs] of a layer; `gates` for an LSTM. Returns the number of outputs.
  int64_t Matrix(const std::string& name, int index, bool gates) {
    const FlatTensor& tensor = graph_.Stored(index);
    if (tensor.shape.size() != 2 || tensor.shape[0] < 1 || tensor.shape[1] < 1 ||
        tensor.shape[0] > kMaxWidth || tensor.shape[1] > kMaxWidth) {
      Refuse(tensor.Title() + " of the model must be a matrix");
    }
    const int64_t cols = tensor.shape[0], rows = tensor.shape[1];
    const size_t element = tensor.type == Type::kInt8 ? 1 : FloatBytes(tensor);
    if (element == 0) {
      Refuse(tensor.Title() + " of the model must be int8, float16 or float32");
    }
    if (tensor.content.size() != static_cast<size_t>(rows * cols) * element) {
      Refuse(tensor.Title() + " of the model has the wrong size");
    }
    if (tensor.type == Type::kInt8) {
      package_.AddMatrix(name, DataType::kQint8, {rows, cols}, PackInt8(tensor, gates));
      return cols;
    }
    std::vector<float> turned(static_cast<size_t>(rows * cols));
    for (int64_t o = 0; o < cols; ++o) {
      CheckInterrupt();
      for (int64_t i = 0; i < rows; ++i) {
        turned[static_cast<size_t>(i * cols + o)] =
            FloatAt(tensor, static_cast<size_t>(o * rows + i));
      }
    }
    package_.AddMatrix(
        name, DataType::kFloat, {rows, cols},
        {reinterpret_cast<const char*>(turned.data()), turned.size() * sizeof(float)});
    return cols;
  }

  std::vector<float> Scales(const FlatTensor& tensor) const {
    const auto scales = tensor.quantisation.Vector<float>(2);
    const auto zeros = tensor.quantisation.Vector<int64_t>(3);
    const size_t cols = static_cast<size_t>(tensor.shape[0]);
    if ((scales.size() != 1 && scales.size() != cols) ||
        (scales.size() > 1 && tensor.quantisation.Scalar<int32_t>(6, 0) != 0)) {
      Refuse(tensor.Title() + " of the model must have one scale, or one per row");
    }
    for (size_t i = 0; i < std::min(zeros.size(), cols); ++i) {
      if (zeros[i] != 0) Refuse(tensor.Title() + " of the model must have zero point 0");
    }
    std::vector<float> result;
    for (size_t i = 0; i < scales.size(); ++i) {
      result.push_back(scales[i]);
      if (!(result[i] >= 0.0f && result[i] < 1e6f)) {
        Refuse(tensor.Title() + " of the model has a scale that is out of range");
      }
    }
    return result;
  }

  std::string PackInt8(const FlatTensor& tensor, bool gates) const {
    const int cols = static_cast<int>(tensor.shape[0]), rows = static_cast<int>(tensor.shape[1]);
    const std::vector<float> scales = Scales(tensor);
    if (!gates) return PackRows(tensor, scales, 0, rows, cols, false);
    const int cells = cols / 4;
    if (cols % 4 != 0 || rows <= cells)
      Refuse(tensor.Title() + " of the model is not an LSTM kernel");
    return PackRows(tensor, scales, 0, rows - cells, cols, true) +
           PackRows(tensor, scales, rows - cells, rows, cols, true);
  }

  // Inputs `first` to `last` in the order of packing.h. The packed scales are bfloat16: what one of
  // them lacks is made up for by the next group's, so that their mean is the file's.
  static std::string PackRows(const FlatTensor& tensor, const std::vector<float>& scales, int first,
                              int last, int cols, bool gates) {
    const int inputs = last - first, groups = RoundUp(inputs, kGroup) / kGroup;
    const int blocks = Blocks(cols, gates), stride = static_cast<int>(tensor.shape[1]);
    std::string packed(PackedSize(inputs, cols, gates), '\0');
    const auto* weights = reinterpret_cast<const int8_t*>(tensor.content.data());
    for (int block = 0; block < blocks; ++block) {
      CheckInterrupt();
      for (int lane = 0; lane < kBlock; ++lane) {
        const int column = ColumnOf(block, lane, cols, gates);
        const float scale = column < 0 ? 0.0f : scales[scales.size() > 1 ? column : 0];
        float owed = 0.0f;
        for (int g = 0; g < groups; ++g) {
          char* out = &packed[(static_cast<size_t>(block) * groups + g) * kGroupBytes];
          for (int i = 0; i < kGroup; ++i) {
            const int input = g * kGroup + i;
            const int value =
                column >= 0 && input < inputs
                    ? std::max<int>(weights[static_cast<size_t>(column) * stride + first + input],
                                    -127)
                    : 0;
            out[WeightAt(i, lane)] = static_cast<char>(value + 128);
          }
          const uint16_t half = Bfloat16(std::fmax(scale + owed, 0.0f));
          owed += scale - FromBfloat16(half);
          std::memcpy(out + kScalesAt + lane * sizeof half, &half, sizeof half);
        }
      }
    }
    return packed;
  }
  static uint16_t Bfloat16(float value) {  // the nearest
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return static_cast<uint16_t>((bits + 0x8000) >> 16);
  }

  // NAME/sum = x W + b
  int64_t Linear(const std::string& name, const std::string& x, const FlatDense& layer) {
    const int64_t cols = Matrix(name + "/weights", layer.weights, false);
    package_.AddVector(name + "/bias", Bias(layer, cols));
    package_.AddNode(NodeWriter(name + "/product", "MatMul", {x, name + "/weights"}));
    package_.AddNode(NodeWriter(name + "/sum", "BiasAdd", {name + "/product", name + "/bias"}));
    return cols;
  }
  std::vector<float> Bias(const FlatDense& layer, int64_t cols) const {
    return layer.bias < 0 ? std::vector<float>(cols, 0.0f) : Vector(layer.bias, cols);
  }

  // The node NAME, from the node `x`.
  void Clipped(const std::string& name, const std::string& x, const FlatDense& layer) {
    const int64_t cols = Linear(name, x, layer);
    package_.AddNode(NodeWriter(name + "/relu", "Relu", {name + "/sum"}));
    package_.AddScalar(name + "/clip", layer.clip);
    const std::string clipped = layer.norm ? name + "/clipped" : name;
    package_.AddNode(NodeWriter(clipped, "Minimum", {name + "/relu", name + "/clip"}));
    if (!layer.norm) return;
    const std::string n = name + "/layer_norm/";
    auto vector = [&](int index, float otherwise) {
      return index < 0 ? std::vector<float>(cols, otherwise) : Vector(index, cols);
    };
    package_.AddVector(n + "gamma", vector(layer.gamma, 1.0f));
    package_.AddVector(n + "beta", vector(layer.beta, 0.0f));
    package_.AddScalar(n + "epsilon", kLayerNormEpsilon);
    const int32_t axis = 1;
    package_.AddNode(NodeWriter(n + "mean", "Mean", {clipped, n + "axis"}).Bool("keep_dims", true));
    package_.AddNode(
        NodeWriter(n + "axis", "Const")
            .Value(DataType::kInt32, {1}, {reinterpret_cast<const char*>(&axis), sizeof axis}));
    package_.AddNode(NodeWriter(n + "squares", "SquaredDifference", {clipped, n + "mean"}));
    package_.AddNode(
        NodeWriter(n + "variance", "Mean", {n + "squares", n + "axis"}).Bool("keep_dims", true));
    package_.AddNode(NodeWriter(n + "sum", "AddV2", {n + "variance", n + "epsilon"}));
    package_.AddNode(NodeWriter(n + "scale", "Rsqrt", {n + "sum"}));
    package_.AddNode(NodeWriter(n + "centred", "Sub", {clipped, n + "mean"}));
    package_.AddNode(NodeWriter(n + "normal", "Mul", {n + "centred", n + "scale"}));
    package_.AddNode(NodeWriter(n + "scaled", "Mul", {n + "normal", n + "gamma"}));
    package_.AddNode(NodeWriter(name, "AddV2", {n + "scaled", n + "beta"}));
  }

  void Lstm() {
    const std::string name = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell";
    const int64_t cols = Matrix(name + "/kernel", network_.lstm.weights, true);
    package_.AddVector(name + "/bias", Bias(network_.lstm, cols));
    for (const char* state : {"previous_state_c", "previous_state_h"}) {
      package_.AddNode(NodeWriter(state, "Placeholder")
                           .Type("dtype", DataType::kFloat)
                           .Shape("shape", {1, cols / 4}));
    }
    package_.AddVector("lstm/peephole", {});
    package_.AddNode(NodeWriter("lstm/steps", "Placeholder").Type("dtype", DataType::kInt64));
    package_.AddNode(NodeWriter("lstm", "BlockLSTM",
                                {"lstm/steps", "layer_3", "previous_state_c", "previous_state_h",
                                 name + "/kernel", "lstm/peephole", "lstm/peephole",
                                 "lstm/peephole", name + "/bias"})
                         .Float("forget_bias", 0.0f)
                         .Float("cell_clip", -1.0f)
                         .Bool("use_peephole", false));
    package_.AddNode(NodeWriter("lstm/output", "Identity", {"lstm:6"}));
    package_.AddNode(NodeWriter("new_state_c", "Identity", {"lstm:1"}));
    package_.AddNode(NodeWriter("new_state_h", "Identity", {"lstm:6"}));
  }

  const FlatGraph& graph_;
  const FlatNetwork& network_;
  PackageWriter package_;
};

}  // namespace
}  // namespace tflite

bool IsTflite(std::string_view file) { return file.size() > 8 && file.substr(4, 4) == "TFL3"; }

std::string PackageOfTflite(std::string_view file) {
  const tflite::FlatGraph graph(file);
  const tflite::FlatNetwork network = tflite::FindNetwork(graph);
  return tflite::Repacker(graph, network).Write();
}

}  // namespace ds
