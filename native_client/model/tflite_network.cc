#include "model/tflite_network.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

namespace ds::tflite {
namespace {

constexpr int kMaxChain = 1000;  // operators in a row that only change the shape

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
      Refuse(x, "the input 'input_node' with 4 dimensions");
    }
    if (input.shape[1] != steps_) Refuse(x, "as many steps as the network has");
    network.input_shape = input.shape;
    return network;
  }

 private:
  [[noreturn]] void Refuse(int index, const std::string& expected) const {
    tflite::Refuse("this client cannot run " + graph_.tensor(index).Title() +
                   " of the TensorFlow Lite model: expected " + expected + " there");
  }
  int Required(std::string_view name) const {
    const int index = graph_.Output(name);
    if (index < 0) {
      tflite::Refuse("the TensorFlow Lite model has no output '" + std::string(name) +
                     "': it is not a DeepSpeech or STT export");
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
    Refuse(index, "no cycle or endless chain");
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
      if (source == nullptr)
        Refuse(index, "a clipped rectified layer, with or without layer norm,");
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
          Refuse(index, "a clipped rectified layer, with or without layer norm,");
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
      Refuse(from, "a clipped rectified layer, with or without layer norm,");
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

}  // namespace

FlatNetwork FindNetwork(const FlatGraph& graph) { return FlatMatcher(graph).Match(); }

}  // namespace ds::tflite
