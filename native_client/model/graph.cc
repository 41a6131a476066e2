#include "model/graph.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "model/wire.h"

namespace ds {
namespace {

constexpr size_t kMaxNodes = 100000;
constexpr size_t kMaxParts = 1 << 20;  // inputs and attributes of all nodes
constexpr size_t kMaxRank = 8;
constexpr size_t kMaxListed = 1 << 22;  // elements listed one by one

[[noreturn]] void Incompatible(const std::string& message) {
  throw Error(DS_ERR_MODEL_INCOMPATIBLE, message);
}

// The AttrValue of this name, empty if the node has none.
std::string_view Attribute(const Node& node, std::string_view name) {
  for (const auto& [key, value] : node.attributes) {
    if (key == name) return value;
  }
  return {};
}

// `parts` counts the inputs and attributes of all nodes so far.
Node ReadNode(std::string_view message, size_t* parts) {
  Node node;
  WireReader reader(message);
  WireField field;
  while (reader.Next(&field)) {
    if (!field.IsMessage()) continue;
    const bool is_part = field.number == 3 || field.number == 5;
    if (is_part && ++*parts > kMaxParts) Incompatible("the model's graph has too many parts");
    if (field.number == 1) node.name = field.bytes;
    if (field.number == 2) node.op = field.bytes;
    if (field.number == 3) node.inputs.push_back(field.bytes);
    if (field.number == 5) {
      std::string_view key, value;
      WireReader entry(field.bytes);
      WireField part;
      while (entry.Next(&part)) {
        if (part.number == 1 && part.IsMessage()) key = part.bytes;
        if (part.number == 2 && part.IsMessage()) value = part.bytes;
      }
      node.attributes.emplace_back(key, value);
    }
  }
  return node;
}

std::vector<int64_t> ReadShape(std::string_view message) {
  std::vector<int64_t> shape;
  WireReader reader(message);
  WireField field;
  while (reader.Next(&field)) {
    if (field.number != 2 || !field.IsMessage()) continue;
    int64_t size = 0;
    WireReader dim(field.bytes);
    WireField part;
    while (dim.Next(&part)) {
      if (part.number == 1 && part.type == 0) size = static_cast<int64_t>(part.value);
    }
    if (shape.size() >= kMaxRank) Incompatible("the model has a tensor of too many dimensions");
    shape.push_back(size);
  }
  return shape;
}

// Appends a repeated number, packed or not. `type` is the wire type of one element.
void ReadNumbers(const WireField& field, uint32_t type, bool is_float, std::vector<double>* out) {
  auto push = [&](const WireField& f) {
    if (out->size() >= kMaxListed) Incompatible("the model lists a constant of too many elements");
    out->push_back(is_float ? f.AsFloat() : static_cast<double>(static_cast<int64_t>(f.value)));
  };
  if (field.type == type) {
    push(field);
    return;
  }
  if (!field.IsMessage()) return;
  WireField element;
  if (type == 5) {
    for (size_t i = 0; i + 4 <= field.bytes.size(); i += 4) {
      uint32_t bits;
      std::memcpy(&bits, field.bytes.data() + i, 4);
      element.value = bits;
      push(element);
    }
  } else {
    WireReader packed(field.bytes);
    while (!packed.empty()) {
      element.value = packed.Varint();
      push(element);
    }
  }
}

Tensor ReadTensor(std::string_view message) {
  Tensor tensor;
  WireReader reader(message);
  WireField field;
  while (reader.Next(&field)) {
    switch (field.number) {
      case 1:
        if (field.type == 0) tensor.type = static_cast<DataType>(field.value & 0x7fffffff);
        break;
      case 2:
        if (field.IsMessage()) tensor.shape = ReadShape(field.bytes);
        break;
      case 4:
        if (field.IsMessage()) tensor.content = field.bytes;
        break;
      case 5:
        ReadNumbers(field, 5, true, &tensor.values);
        break;
      case 7:
      case 10:
        ReadNumbers(field, 0, false, &tensor.values);
        break;
      case 8:
        if (tensor.strings.size() >= kMaxListed) {
          Incompatible("the model lists a constant of too many elements");
        }
        if (field.IsMessage()) tensor.strings.push_back(field.bytes);
        break;
      default:
        break;
    }
  }
  return tensor;
}

// Copies `content` into `values` for the small integer constants, where views are of no use.
void ExpandIntegers(Tensor* tensor) {
  const size_t width = tensor->type == DataType::kInt32   ? 4
                       : tensor->type == DataType::kInt64 ? 8
                                                          : 0;
  if (width == 0 || !tensor->values.empty()) return;
  const size_t count = std::min(tensor->content.size() / width, kMaxListed);
  for (size_t i = 0; i < count; ++i) {
    int64_t value = 0;
    std::memcpy(&value, tensor->content.data() + i * width, width);
    if (width == 4) value = static_cast<int32_t>(value);
    tensor->values.push_back(static_cast<double>(value));
  }
}

}  // namespace

int64_t Tensor::Count() const {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0) return -1;
    if (size != 0 && count > std::numeric_limits<int64_t>::max() / size) return -1;
    count *= size;
  }
  return count;
}

std::string Node::Title() const {
  return "node '" + std::string(name.substr(0, 200)) + "' (" + std::string(op.substr(0, 60)) + ")";
}

Graph::Graph(const ModelFile& file) : file_(file) {
  WireReader reader(file.graph());
  WireField field;
  size_t parts = 0;
  while (reader.Next(&field)) {
    if (field.number != 1 || !field.IsMessage()) continue;
    if (nodes_.size() >= kMaxNodes) Incompatible("the model's graph has too many nodes");
    nodes_.push_back(ReadNode(field.bytes, &parts));
  }
  if (nodes_.empty()) {
    throw Error(DS_ERR_FAIL_READ_PROTOBUF,
                "the model is a GraphDef without nodes: give an exported .pb or .pbmm");
  }
  for (size_t i = 0; i < nodes_.size(); ++i) index_.emplace(nodes_[i].name, i);
}

const Node* Graph::Find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &nodes_[found->second];
}

size_t Graph::DataInputs(const Node& node) {
  size_t count = 0;
  for (const auto& input : node.inputs) count += !input.empty() && input[0] != '^';
  return count;
}

int Graph::OutputIndex(std::string_view input) {
  const size_t colon = input.rfind(':');
  if (colon == std::string_view::npos) return 0;
  int index = 0;
  for (const char c : input.substr(colon + 1)) {
    if (c < '0' || c > '9' || index > 1000) return -1;
    index = 10 * index + (c - '0');
  }
  return index;
}

const Node& Graph::Input(const Node& node, size_t index) const {
  if (index >= node.inputs.size()) {
    Incompatible(node.Title() + " of the model has " + std::to_string(node.inputs.size()) +
                 " inputs, expected more");
  }
  const std::string_view input = node.inputs[index];
  const Node* found = Find(input.substr(0, input.rfind(':')));
  if (found == nullptr) {
    Incompatible(node.Title() + " of the model reads '" + std::string(input.substr(0, 200)) +
                 "', which is not in the graph");
  }
  return *found;
}

int64_t Graph::Int(const Node& node, std::string_view name, int64_t otherwise) {
  WireReader reader(Attribute(node, name));
  WireField field;
  while (reader.Next(&field)) {
    // i = 3, b = 5, type = 6
    if (field.type == 0 && (field.number == 3 || field.number == 5 || field.number == 6)) {
      return static_cast<int64_t>(field.value);
    }
  }
  return otherwise;
}

float Graph::Float(const Node& node, std::string_view name, float otherwise) {
  WireReader reader(Attribute(node, name));
  WireField field;
  while (reader.Next(&field)) {
    if (field.type == 5 && field.number == 4) return field.AsFloat();
  }
  return otherwise;
}

std::vector<int64_t> Graph::Shape(const Node& node) {
  WireReader reader(Attribute(node, "shape"));
  WireField field;
  while (reader.Next(&field)) {
    if (field.number == 7 && field.IsMessage()) return ReadShape(field.bytes);
  }
  return {};
}

Tensor Graph::Constant(const Node& node) const {
  Tensor tensor;
  if (node.op == "Const") {
    WireReader reader(Attribute(node, "value"));
    WireField field;
    while (reader.Next(&field)) {
      if (field.number == 8 && field.IsMessage()) tensor = ReadTensor(field.bytes);
    }
  } else if (node.op == "ImmutableConst") {
    tensor.type = static_cast<DataType>(Int(node, "dtype", 1));
    tensor.shape = Shape(node);
    WireReader reader(Attribute(node, "memory_region_name"));
    WireField field;
    while (reader.Next(&field)) {
      if (field.number == 2 && field.IsMessage()) tensor.content = file_.Region(field.bytes);
    }
    if (tensor.content.empty()) {
      Incompatible(node.Title() + " of the model names a region that is not in the file");
    }
  } else {
    Incompatible(node.Title() + " of the model must be a constant");
  }
  ExpandIntegers(&tensor);
  return tensor;
}

}  // namespace ds
