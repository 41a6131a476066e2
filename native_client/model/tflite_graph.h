// A TensorFlow Lite file as a graph: its tensors and operations.
#ifndef DS_MODEL_TFLITE_GRAPH_H_
#define DS_MODEL_TFLITE_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "model/flatbuffer.h"

namespace ds::tflite {

constexpr int64_t kMaxWidth = 1 << 16;  // rows or columns of a matrix

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
// Activations that operations have in them.
constexpr int kNoActivation = 0, kRelu = 1;

[[noreturn]] void Refuse(const std::string& message);  // MODEL_INCOMPATIBLE

struct FlatTensor {
  std::string_view name;
  Type type = Type::kFloat32;
  std::vector<int64_t> shape;
  std::string_view content;
  FlatTable quantisation;

  std::string Title() const { return "tensor '" + std::string(name.substr(0, 200)) + "'"; }
  int64_t Count() const;  // of elements; -1: too many, or a size below 0
};

size_t FloatBytes(const FlatTensor& tensor);        // of an element; 0: of another type
float FloatAt(const FlatTensor& tensor, size_t i);  // element `i` of a float tensor

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
  explicit FlatGraph(std::string_view file);

  const FlatTensor& tensor(int index) const;
  // The operation that gives a tensor, or NULL; `place` is which output it is.
  const Operation* Source(int index, int* place = nullptr) const;
  // The stored tensor of which `index` is the value: behind a DEQUANTIZE if the weights are fp16.
  const FlatTensor& Stored(int index) const;
  bool IsConstant(int index) const { return index >= 0 && !Stored(index).content.empty(); }
  bool IsInput(int index) const { return inputs_.count(index) > 0; }
  // The output of this name, -1 if there is none.
  int Output(std::string_view name) const;
  const std::vector<Operation>& operations() const { return operations_; }
  const std::map<std::string_view, int>& outputs() const { return outputs_; }

 private:
  void ReadTensors(const FlatTable& model, const FlatTable& graph);
  void ReadOperations(const FlatTable& model, const FlatVector<uint32_t>& codes,
                      const FlatTable& graph);
  std::vector<int> Indices(const FlatVector<int32_t>& vector);

  std::vector<FlatTensor> tensors_;
  std::vector<Operation> operations_;
  std::unordered_map<int, std::pair<size_t, int>> sources_;
  std::unordered_set<int> inputs_;
  std::map<std::string_view, int> outputs_;
  size_t indices_ = 0;
};

}  // namespace ds::tflite
#endif  // DS_MODEL_TFLITE_GRAPH_H_
