// A TensorFlow GraphDef, read in place: nodes, their inputs, their attributes and constants.
#ifndef DS_MODEL_GRAPH_H_
#define DS_MODEL_GRAPH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/model_file.h"

namespace ds {

// Of names.
inline bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// TensorFlow's numbers of the element types that occur.
enum class DataType : int { kFloat = 1, kInt32 = 3, kString = 7, kInt64 = 9, kQint8 = 11 };

// A constant. `content` views the model file where the elements lie there as they are;
// `values` holds them where the file lists them (possibly fewer: the last one repeats).
struct Tensor {
  DataType type = DataType::kFloat;
  std::vector<int64_t> shape;
  std::string_view content;
  std::vector<double> values;             // float and int lists
  std::vector<std::string_view> strings;  // string lists

  int64_t Count() const;  // elements by shape
};

struct Node {
  std::string_view name;
  std::string_view op;
  std::vector<std::string_view> inputs;  // as written: "node", "node:1", "^node"
  std::vector<std::pair<std::string_view, std::string_view>> attributes;  // AttrValue messages

  std::string Title() const;  // "node 'name' (Op)", for messages
};

// Reads the whole GraphDef on construction; views `file`, which must outlive it.
class Graph {
 public:
  // Throws Error if the bytes are no GraphDef or name no node.
  explicit Graph(const ModelFile& file);

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node* Find(std::string_view name) const;
  // The node that gives input `index` of `node`; throws Error naming `node` if there is none.
  const Node& Input(const Node& node, size_t index) const;
  // Number of inputs that are data, not control edges.
  static size_t DataInputs(const Node& node);
  // Which output of its node an input takes: 2 for "node:2", 0 for "node".
  static int OutputIndex(std::string_view input);

  // Attributes; the default where the node has none.
  static int64_t Int(const Node& node, std::string_view name, int64_t otherwise);
  static float Float(const Node& node, std::string_view name, float otherwise);
  static std::vector<int64_t> Shape(const Node& node);
  // The constant of a Const or ImmutableConst; throws Error naming the node otherwise.
  Tensor Constant(const Node& node) const;

 private:
  const ModelFile& file_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string_view, size_t> index_;
};

}  // namespace ds
#endif  // DS_MODEL_GRAPH_H_
