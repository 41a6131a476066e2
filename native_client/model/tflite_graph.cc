#include "model/tflite_graph.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace ds::tflite {
namespace {

constexpr size_t kMaxParts = 100000;     // tensors, operators
constexpr size_t kMaxOperands = 1024;    // inputs or outputs of an operator: one a step
constexpr size_t kMaxIndices = 1 << 20;  // inputs and outputs of all operators

float FromHalf(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float size = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                     : exponent == 31
                         ? NAN
                         : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return bits & 0x8000 ? -size : size;
}

}  // namespace

void Refuse(const std::string& message) { throw Error(DS_ERR_MODEL_INCOMPATIBLE, message); }

int64_t FlatTensor::Count() const {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || size > kMaxWidth || count > (int64_t{1} << 40)) return -1;
    count *= size;
  }
  return count;
}

size_t FloatBytes(const FlatTensor& tensor) {
  return tensor.type == Type::kFloat32 ? 4 : tensor.type == Type::kFloat16 ? 2 : 0;
}

float FloatAt(const FlatTensor& tensor, size_t i) {
  return tensor.type == Type::kFloat16 ? FromHalf(ReadAt<uint16_t>(tensor.content, 2 * i))
                                       : ReadAt<float>(tensor.content, 4 * i);
}

FlatGraph::FlatGraph(std::string_view file) {
  const FlatTable model = FlatTable::Root(file);
  if (model.Scalar<uint32_t>(0, 0) != 3)
    Refuse("the TensorFlow Lite model does not have version 3");
  const auto codes = model.Vector<uint32_t>(1), subgraphs = model.Vector<uint32_t>(2);
  if (subgraphs.size() != 1) Refuse("the TensorFlow Lite model must have one subgraph");
  const FlatTable graph = model.Element(subgraphs, 0);
  ReadTensors(model, graph);
  ReadOperations(model, codes, graph);
  const auto inputs = graph.Vector<int32_t>(1), outputs = graph.Vector<int32_t>(2);
  for (size_t i = 0; i < std::min(inputs.size(), kMaxParts); ++i) inputs_.insert(inputs[i]);
  for (size_t i = 0; i < std::min(outputs.size(), kMaxParts); ++i) {
    outputs_.emplace(tensor(outputs[i]).name, outputs[i]);
  }
}

const FlatTensor& FlatGraph::tensor(int index) const {
  if (index < 0 || static_cast<size_t>(index) >= tensors_.size()) {
    FailFlatbuffer("an operation names a tensor that does not exist");
  }
  return tensors_[index];
}

const Operation* FlatGraph::Source(int index, int* place) const {
  const auto found = sources_.find(index);
  if (found == sources_.end()) return nullptr;
  if (place != nullptr) *place = found->second.second;
  return &operations_[found->second.first];
}

const FlatTensor& FlatGraph::Stored(int index) const {
  const Operation* source = Source(index);
  const bool widened =
      source != nullptr && source->op == Op::kDequantize && !source->inputs.empty();
  return tensor(widened ? source->inputs[0] : index);
}

int FlatGraph::Output(std::string_view name) const {
  const auto found = outputs_.find(name);
  return found == outputs_.end() ? -1 : found->second;
}

void FlatGraph::ReadTensors(const FlatTable& model, const FlatTable& graph) {
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

void FlatGraph::ReadOperations(const FlatTable& model, const FlatVector<uint32_t>& codes,
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

std::vector<int> FlatGraph::Indices(const FlatVector<int32_t>& vector) {
  indices_ += vector.size();  // many operators may share one vector
  if (vector.size() > kMaxOperands || indices_ > kMaxIndices) {
    Refuse("the TensorFlow Lite model has operations of too many inputs or outputs");
  }
  std::vector<int> result;
  for (size_t i = 0; i < vector.size(); ++i) result.push_back(vector[i]);
  return result;
}

}  // namespace ds::tflite
