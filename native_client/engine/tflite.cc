#include "engine/tflite.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/flatbuffer.h"
#include "engine/graph_writer.h"
#include "engine/packing.h"

namespace ds {
namespace {

constexpr size_t kMaxParts = 100000;    // tensors, operators
constexpr int64_t kMaxWidth = 1 << 16;  // rows or columns of a matrix
constexpr int64_t kMaxSteps = 1024;     // of one call
constexpr size_t kMaxIndices = 1 << 20;  // inputs and outputs of all operators
constexpr int kMaxChain = 1000;         // operators in a row that only change the shape
constexpr size_t kMaxMetadata = 64;     // names
constexpr size_t kMaxText = 1 << 20;    // bytes of one
constexpr float kLayerNormEpsilon = 1e-12f;

// Numbers of the schema (version 3).
enum class Op {
  kAdd = 0,
  kConcatenation = 2,
  kDequantize = 6,
  kFullyConnected = 9,
  kLogistic = 14,
  kMul = 18,
  kRelu = 19,
  kReshape = 22,
  kSoftmax = 25,
  kTanh = 28,
  kCustom = 32,
  kTranspose = 39,
  kMean = 40,
  kSub = 41,
  kSqueeze = 43,
  kStridedSlice = 45,
  kSplit = 49,
  kMinimum = 57,
  kSlice = 65,
  kExpandDims = 70,
  kRsqrt = 76,
  kPack = 83,
  kUnpack = 88,
  kSquaredDifference = 99
};
enum class Type { kFloat32 = 0, kFloat16 = 1, kInt32 = 2, kInt64 = 4, kString = 5, kInt8 = 9 };
constexpr int kNoActivation = 0, kRelu = 1;

[[noreturn]] void Refuse(const std::string& message) {
  throw Error(DS_ERR_MODEL_INCOMPATIBLE, message);
}

struct FlatTensor {
  std::string_view name;
  Type type = Type::kFloat32;
  std::vector<int64_t> shape;
  std::string_view content;
  FlatTable quantisation;

  std::string Title() const { return "tensor '" + std::string(name.substr(0, 200)) + "'"; }
  int64_t Count() const {
    int64_t count = 1;
    for (const int64_t size : shape) {
      if (size < 0 || size > kMaxWidth || count > (int64_t{1} << 40)) return -1;
      count *= size;
    }
    return count;
  }
};

float FromHalf(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float size = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                     : exponent == 31
                         ? NAN
                         : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return bits & 0x8000 ? -size : size;
}

// Bytes of an element of a float tensor, 0 if it is of another type.
size_t FloatBytes(const FlatTensor& tensor) {
  return tensor.type == Type::kFloat32 ? 4 : tensor.type == Type::kFloat16 ? 2 : 0;
}

// Element `i` of a float tensor.
float FloatAt(const FlatTensor& tensor, size_t i) {
  return tensor.type == Type::kFloat16 ? FromHalf(ReadAt<uint16_t>(tensor.content, 2 * i))
                                       : ReadAt<float>(tensor.content, 4 * i);
}

struct Operation {
  Op op = Op::kCustom;
  std::string_view custom;  // name of a custom operation
  std::vector<int> inputs, outputs;
  FlatTable options;
  std::string_view custom_options;
};

// The first subgraph of a file.
class FlatGraph {
 public:
  explicit FlatGraph(std::string_view file) {
    const FlatTable model = FlatTable::Root(file);
    if (model.Scalar<uint32_t>(0, 0) != 3) Refuse("the TensorFlow Lite model is not of version 3");
    const auto codes = model.Vector<uint32_t>(1), subgraphs = model.Vector<uint32_t>(2);
    if (subgraphs.size() != 1) Refuse("the TensorFlow Lite model is expected to have one subgraph");
    const FlatTable graph = model.Element(subgraphs, 0);
    ReadTensors(model, graph);
    ReadOperations(model, codes, graph);
    const auto inputs = graph.Vector<int32_t>(1), outputs = graph.Vector<int32_t>(2);
    for (size_t i = 0; i < std::min(inputs.size(), kMaxParts); ++i) inputs_.insert(inputs[i]);
    for (size_t i = 0; i < std::min(outputs.size(), kMaxParts); ++i) {
      outputs_.emplace(tensor(outputs[i]).name, outputs[i]);
    }
  }

  const FlatTensor& tensor(int index) const {
    if (index < 0 || static_cast<size_t>(index) >= tensors_.size()) {
      FailFlatbuffer("an operation names a tensor that is not there");
    }
    return tensors_[index];
  }
  // The operation that gives a tensor, or NULL; `place` is which output it is.
  const Operation* Source(int index, int* place = nullptr) const {
    const auto found = sources_.find(index);
    if (found == sources_.end()) return nullptr;
    if (place != nullptr) *place = found->second.second;
    return &operations_[found->second.first];
  }
  // The stored tensor of which `index` is the value: behind a DEQUANTIZE if the weights are fp16.
  const FlatTensor& Stored(int index) const {
    const Operation* source = Source(index);
    const bool widened =
        source != nullptr && source->op == Op::kDequantize && !source->inputs.empty();
    return tensor(widened ? source->inputs[0] : index);
  }
  bool IsConstant(int index) const { return index >= 0 && !Stored(index).content.empty(); }
  bool IsInput(int index) const { return inputs_.count(index) > 0; }
  // The output of this name, -1 if there is none.
  int Output(std::string_view name) const {
    const auto found = outputs_.find(name);
    return found == outputs_.end() ? -1 : found->second;
  }
  const std::vector<Operation>& operations() const { return operations_; }
  const std::map<std::string_view, int>& outputs() const { return outputs_; }

 private:
  void ReadTensors(const FlatTable& model, const FlatTable& graph) {
    const auto buffers = model.Vector<uint32_t>(4), tensors = graph.Vector<uint32_t>(0);
    if (tensors.size() > kMaxParts) Refuse("the TensorFlow Lite model has too many tensors");
    for (size_t i = 0; i < tensors.size(); ++i) {
      const FlatTable table = graph.Element(tensors, i);
      FlatTensor tensor;
      const auto shape = table.Vector<int32_t>(0);
      if (shape.size() > 8) Refuse("the TensorFlow Lite model has a tensor of too many dimensions");
      for (size_t k = 0; k < shape.size(); ++k) tensor.shape.push_back(shape[k]);
      tensor.type = static_cast<Type>(table.Scalar<int8_t>(1, 0));
      const uint32_t buffer = table.Scalar<uint32_t>(2, 0);
      if (buffer < buffers.size()) tensor.content = model.Element(buffers, buffer).String(0);
      tensor.name = table.String(3);
      tensor.quantisation = table.Table(4);
      tensors_.push_back(std::move(tensor));
    }
  }

  void ReadOperations(const FlatTable& model, const FlatVector<uint32_t>& codes,
                      const FlatTable& graph) {
    const auto operators = graph.Vector<uint32_t>(3);
    if (operators.size() > kMaxParts) Refuse("the TensorFlow Lite model has too many operations");
    for (size_t i = 0; i < operators.size(); ++i) {
      const FlatTable table = graph.Element(operators, i);
      const FlatTable code = model.Element(codes, table.Scalar<uint32_t>(0, 0));
      Operation operation;
      operation.op =
          static_cast<Op>(std::max<int32_t>(code.Scalar<int8_t>(0, 0), code.Scalar<int32_t>(3, 0)));
      operation.custom = code.String(1);
      operation.inputs = Indices(table.Vector<int32_t>(1));
      operation.outputs = Indices(table.Vector<int32_t>(2));
      operation.options = table.Table(4);
      operation.custom_options = table.String(5);
      for (size_t k = 0; k < operation.outputs.size(); ++k) {
        sources_.emplace(operation.outputs[k], std::make_pair(i, static_cast<int>(k)));
      }
      operations_.push_back(std::move(operation));
    }
  }

  std::vector<int> Indices(const FlatVector<int32_t>& vector) {
    indices_ += vector.size();  // many operators may share one vector
    if (vector.size() > kMaxSteps || indices_ > kMaxIndices) {
      Refuse("the TensorFlow Lite model has operations of too many inputs or outputs");
    }
    std::vector<int> result;
    for (size_t i = 0; i < vector.size(); ++i) result.push_back(vector[i]);
    return result;
  }

  std::vector<FlatTensor> tensors_;
  std::vector<Operation> operations_;
  std::unordered_map<int, std::pair<size_t, int>> sources_;
  std::unordered_set<int> inputs_;
  std::map<std::string_view, int> outputs_;
  size_t indices_ = 0;
};

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

// Finds the layers from the logits backwards; the LSTM is written out step by step.
class FlatMatcher {
 public:
  explicit FlatMatcher(const FlatGraph& graph) : graph_(graph) {}

  FlatNetwork Match() {
    FlatNetwork network;
    const Operation& softmax = Expect(Required("logits"), Op::kSoftmax, "a softmax");
    int x = Linear(softmax.inputs.at(0), kNoActivation, &network.layer6);
    x = Clipped(x, &network.layer5);
    x = Recurrent(x, &network.lstm);
    x = Clipped(x, &network.layer3);
    x = Clipped(x, &network.layer2);
    x = Clipped(x, &network.layer1);
    x = Strip(x);
    const FlatTensor& input = graph_.tensor(x);
    if (!graph_.IsInput(x) || input.name != "input_node" || input.shape.size() != 4) {
      Refuse(x, "the input 'input_node' of 4 dimensions");
    }
    if (input.shape[1] != steps_) Refuse(x, "as many steps as the network has");
    network.input_shape = input.shape;
    return network;
  }

 private:
  [[noreturn]] void Refuse(int index, const std::string& expected) const {
    ds::Refuse("this client cannot run " + graph_.tensor(index).Title() +
               " of the TensorFlow Lite model: " + expected + " is expected there");
  }
  int Required(std::string_view name) const {
    const int index = graph_.Output(name);
    if (index < 0) {
      ds::Refuse("the TensorFlow Lite model has no output '" + std::string(name) +
                 "': it is no DeepSpeech or STT export");
    }
    return index;
  }
  bool IsConstant(int index) const { return graph_.IsConstant(index); }
  const Operation& Expect(int index, Op op, const char* what, size_t inputs = 1) const {
    const Operation* source = graph_.Source(index);
    if (source == nullptr || source->op != op || source->inputs.size() < inputs) {
      Refuse(index, what);
    }
    return *source;
  }
  // Passes over what only changes the shape.
  int Strip(int index) const {
    for (int i = 0; i < kMaxChain; ++i) {
      const Operation* source = graph_.Source(index);
      if (source == nullptr || source->inputs.empty()) return index;
      switch (source->op) {
        case Op::kReshape:
        case Op::kTranspose:
        case Op::kSqueeze:
        case Op::kExpandDims:
          break;
        default:
          return index;
      }
      index = source->inputs[0];
    }
    Refuse(index, "no circle or endless chain");
  }

  float Number(int index) const {
    const FlatTensor& tensor = graph_.Stored(index);
    const size_t bytes = FloatBytes(tensor);
    if (bytes == 0 || tensor.content.size() != bytes) Refuse(index, "a number");
    return FloatAt(tensor, 0);
  }

  // x W + b, rectified if so asked; returns x.
  int Linear(int from, int activation, FlatDense* layer) const {
    int index = Strip(from);
    const Operation* source = graph_.Source(index);
    int act = kNoActivation;
    if (source != nullptr && source->op == Op::kRelu && !source->inputs.empty()) {
      act = kRelu;
      index = Strip(source->inputs[0]);
      source = graph_.Source(index);
    }
    if (source != nullptr && source->op == Op::kAdd && source->inputs.size() == 2) {
      for (int k = 0; k < 2; ++k) {
        if (IsConstant(source->inputs[k])) {
          layer->bias = source->inputs[k];
          act = std::max<int>(act, source->options.Scalar<int8_t>(0, 0));
          index = Strip(source->inputs[1 - k]);
          break;
        }
      }
    }
    const Operation& product = Expect(index, Op::kFullyConnected, "x W + b", 2);
    act = std::max<int>(act, product.options.Scalar<int8_t>(0, 0));
    if (act != activation) Refuse(index, activation == kRelu ? "a ReLU" : "no activation");
    if (product.options.Scalar<int8_t>(1, 0) != 0) Refuse(index, "weights in their usual order");
    layer->weights = product.inputs[1];
    if (product.inputs.size() > 2 && product.inputs[2] >= 0) {
      if (layer->bias >= 0) Refuse(index, "one bias");
      layer->bias = product.inputs[2];
    }
    return product.inputs[0];
  }

  // min(max(0, x W + b), clip), maybe with layer norm behind it.
  int Clipped(int from, FlatDense* layer) const {
    int index = Strip(from);
    const Operation* source = graph_.Source(index);
    if (source == nullptr || source->op != Op::kMinimum) {
      index = LayerNorm(index, layer);
      source = graph_.Source(index);
    }
    if (source->inputs.size() != 2) Refuse(index, "the smaller of two values");
    const int constant = IsConstant(source->inputs[1]) ? 1 : 0;
    layer->clip = Number(source->inputs[constant]);
    return Linear(source->inputs[1 - constant], kRelu, layer);
  }

  // Whichever way a layer norm is wired, it ends at a minimum: what is multiplied is gamma, what is
  // added beta. Converters may fold either into the next layer.
  int LayerNorm(int from, FlatDense* layer) const {
    int inner = -1;
    bool has_rsqrt = false, has_mean = false;
    std::unordered_set<int> seen;
    std::vector<int> open = {from};
    while (!open.empty()) {
      const int index = open.back();
      open.pop_back();
      if (!seen.insert(index).second) continue;
      const Operation* source = graph_.Source(index);
      if (source == nullptr) Refuse(index, "a clipped rectified layer, maybe with layer norm,");
      if (source->op == Op::kMinimum) {
        if (inner >= 0 && inner != index) Refuse(index, "one layer");
        inner = index;
        continue;
      }
      const bool adds = source->op == Op::kAdd || source->op == Op::kSub;
      switch (source->op) {
        case Op::kAdd:
        case Op::kSub:
        case Op::kMul:
        case Op::kRsqrt:
        case Op::kReshape:
        case Op::kSquaredDifference:
        case Op::kMean:
          break;
        default:
          Refuse(index, "a clipped rectified layer, maybe with layer norm,");
      }
      has_rsqrt |= source->op == Op::kRsqrt;
      has_mean |= source->op == Op::kMean;
      for (size_t k = 0; k < source->inputs.size(); ++k) {
        const int input = source->inputs[k];
        if (!IsConstant(input)) {
          open.push_back(input);
        } else if (source->op == Op::kMul) {
          SetOnce(input, &layer->gamma);
        } else if (adds && graph_.Stored(input).Count() == 1) {
          const float epsilon = Number(input);  // 0 in fp16
          if (!(epsilon >= 0.0f && epsilon <= 1.001f * kLayerNormEpsilon)) {
            Refuse(input, "layer norm's epsilon 1e-12");
          }
        } else if (adds) {
          SetOnce(input, &layer->beta);
        }
      }
    }
    if (inner < 0 || !has_rsqrt || !has_mean) {
      Refuse(from, "a clipped rectified layer, maybe with layer norm,");
    }
    layer->norm = true;
    return inner;
  }
  void SetOnce(int index, int* slot) const {
    if (*slot >= 0 && *slot != index) Refuse(index, "one gamma and one beta");
    *slot = index;
  }

  // The outputs of all steps, one below the other; returns what the steps read.
  int Recurrent(int from, FlatDense* lstm) {
    int index = Strip(from);
    const Operation* joined = graph_.Source(index);
    std::vector<int> outputs = {index};
    if (joined != nullptr && (joined->op == Op::kConcatenation || joined->op == Op::kPack)) {
      const int axis = joined->options.Scalar<int32_t>(joined->op == Op::kPack ? 1 : 0, 0);
      if (axis != 0) Refuse(index, "the steps one below the other");
      outputs = joined->inputs;
    }
    if (outputs.empty()) Refuse(index, "the outputs of an LSTM");
    steps_ = static_cast<int64_t>(outputs.size());
    int cell = -1, output = -1, input = -1;
    for (size_t t = 0; t < outputs.size(); ++t) {
      const int new_output = outputs[t];
      const int new_cell = Step(Strip(new_output), static_cast<int>(t), cell, output, lstm, &input);
      cell = new_cell;
      output = new_output;
    }
    if (Strip(Required("new_state_c")) != Strip(cell)) Refuse(cell, "the output 'new_state_c'");
    if (Strip(Required("new_state_h")) != Strip(output)) Refuse(output, "the output 'new_state_h'");
    return input;
  }

  // The factor of MUL that is `op` of something: returns that something, and the other factor.
  int Factor(const Operation& product, Op op, int* other) const {
    for (int k = 0; k < 2; ++k) {
      const Operation* source = graph_.Source(product.inputs[k]);
      if (source != nullptr && source->op == op && !source->inputs.empty()) {
        *other = product.inputs[1 - k];
        return source->inputs[0];
      }
    }
    Refuse(product.outputs.at(0), "a gate");
  }
  // Which of the four gates a tensor is; `gates` are all of them.
  int Gate(int index, int* gates) const {
    int place = 0;
    const Operation* split = graph_.Source(index, &place);
    if (split == nullptr || split->op != Op::kSplit || split->inputs.size() != 2 ||
        split->outputs.size() != 4) {
      Refuse(index, "one of the four gates");
    }
    if (*gates >= 0 && *gates != split->inputs[1]) Refuse(index, "the gates of one step");
    *gates = split->inputs[1];
    return place;
  }

  // h = sigmoid(o) tanh(c); c = sigmoid(f) c' + sigmoid(i) tanh(j); gates i, j, f, o of [x, h'] K +
  // b. Returns c.
  int Step(int output, int t, int cell, int before, FlatDense* lstm, int* input) const {
    const Operation& out = Expect(output, Op::kMul, "an LSTM's output", 2);
    int tanh_c = -1, gates = -1;
    const int o = Factor(out, Op::kLogistic, &tanh_c);
    const int new_cell = Expect(tanh_c, Op::kTanh, "tanh of an LSTM's cell").inputs[0];
    const Operation& sum = Expect(new_cell, Op::kAdd, "an LSTM's cell", 2);
    bool kept = false, added = false;
    if (Gate(o, &gates) != 3) Refuse(o, "the gate o");
    for (int k = 0; k < 2; ++k) {
      const Operation& term = Expect(sum.inputs[k], Op::kMul, "a term of an LSTM's cell", 2);
      int other = -1;
      const int gate = Factor(term, Op::kLogistic, &other);
      const int which = Gate(gate, &gates);
      if (which == 2) {
        kept = true;
        CheckState(other, t, cell, "previous_state_c");
      } else if (which == 0) {
        added = true;
        const int j = Expect(other, Op::kTanh, "tanh of a gate").inputs[0];
        if (Gate(j, &gates) != 1) Refuse(j, "the gate of new values");
      } else {
        Refuse(gate, "the gate i or f");
      }
    }
    if (!kept || !added) Refuse(new_cell, "an LSTM's cell");
    FlatDense step;
    const int joined = Linear(gates, kNoActivation, &step);
    if (t > 0 && (step.weights != lstm->weights || step.bias != lstm->bias)) {
      Refuse(joined, "the same weights in every step");
    }
    *lstm = step;
    const Operation& both = Expect(joined, Op::kConcatenation, "an LSTM's input and output", 2);
    if (both.options.Scalar<int32_t>(0, 0) != 1)
      Refuse(joined, "an LSTM's input beside its output");
    CheckState(both.inputs[1], t, before, "previous_state_h");
    const int x = Row(both.inputs[0], t);
    if (t > 0 && x != *input) Refuse(joined, "one layer below the LSTM");
    *input = x;
    return new_cell;
  }

  void CheckState(int index, int t, int before, std::string_view name) const {
    const bool ok = t > 0 ? Strip(index) == Strip(before)
                          : graph_.IsInput(index) && graph_.tensor(index).name == name;
    if (!ok) Refuse(index, "the state before this step");
  }

  // The tensor of which `index` is row `t`.
  int Row(int index, int t) const {
    int place = 0;
    index = Strip(index);
    const Operation* source = graph_.Source(index, &place);
    if (source == nullptr || source->inputs.empty()) Refuse(index, "a row of layer 3");
    if (source->op == Op::kUnpack || source->op == Op::kSplit) {
      if (place != t || (source->op == Op::kSplit && source->inputs.size() < 2)) {
        Refuse(index, "the row of this step");
      }
      return Strip(source->inputs[source->op == Op::kSplit ? 1 : 0]);
    }
    if ((source->op != Op::kStridedSlice && source->op != Op::kSlice) ||
        source->inputs.size() < 3) {
      if (t == 0) return index;  // a network of one step reads layer 3 as it is
      Refuse(index, "a row of layer 3");
    }
    const FlatTensor& begin = graph_.tensor(source->inputs[1]);
    if (begin.type != Type::kInt32 || ReadAt<int32_t>(begin.content, 0) != t) {
      Refuse(index, "the row of this step");
    }
    return Strip(source->inputs[0]);
  }

  const FlatGraph& graph_;
  int64_t steps_ = 0;
};

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
      if (tensor.content.empty())
        Refuse(tensor.Title() + " of the model is expected to be a constant");
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
      Refuse(tensor.Title() + " of the model is expected to have " + std::to_string(count) +
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
      Refuse(tensor.Title() + " of the model is expected to be a matrix");
    }
    const int64_t cols = tensor.shape[0], rows = tensor.shape[1];
    const size_t element = tensor.type == Type::kInt8 ? 1 : FloatBytes(tensor);
    if (element == 0) {
      Refuse(tensor.Title() + " of the model is expected to be int8, float16 or float32");
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
      Refuse(tensor.Title() + " of the model is expected to have one scale, or one for each row");
    }
    for (size_t i = 0; i < std::min(zeros.size(), cols); ++i) {
      if (zeros[i] != 0) Refuse(tensor.Title() + " of the model is expected to have zero point 0");
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
      Refuse(tensor.Title() + " of the model is no LSTM's kernel");
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

bool IsTflite(std::string_view file) { return file.size() > 8 && file.substr(4, 4) == "TFL3"; }

std::string PackageOfTflite(std::string_view file) {
  const FlatGraph graph(file);
  const FlatNetwork network = FlatMatcher(graph).Match();
  return Repacker(graph, network).Write();
}

}  // namespace ds
