#include "model/graph_writer.h"

#include <cstring>

namespace ds {
namespace {

constexpr size_t kAlignment = 64;
constexpr char kPrefix[] = "memmapped_package://";

std::string ShapeMessage(const std::vector<int64_t>& shape) {
  WireWriter message;
  for (const int64_t size : shape) {
    message.Bytes(2, WireWriter().Varint(1, static_cast<uint64_t>(size)).bytes());
  }
  return message.bytes();
}

template <typename T>
std::string_view BytesOf(const T* values, size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(T)};
}

}  // namespace

void WireWriter::Number(uint64_t value) {
  for (; value > 127; value >>= 7) bytes_ += static_cast<char>((value & 127) | 128);
  bytes_ += static_cast<char>(value);
}

WireWriter& WireWriter::Varint(int field, uint64_t value) {
  Number(static_cast<uint64_t>(field) << 3);
  Number(value);
  return *this;
}

WireWriter& WireWriter::Float(int field, float value) {
  Number(static_cast<uint64_t>(field) << 3 | 5);
  bytes_ += BytesOf(&value, 1);
  return *this;
}

WireWriter& WireWriter::Bytes(int field, std::string_view bytes) {
  Number(static_cast<uint64_t>(field) << 3 | 2);
  Number(bytes.size());
  bytes_ += bytes;
  return *this;
}

NodeWriter::NodeWriter(std::string_view name, std::string_view op,
                       std::initializer_list<std::string_view> inputs) {
  node_.Bytes(1, name).Bytes(2, op);
  for (const std::string_view input : inputs) node_.Bytes(3, input);
}

NodeWriter& NodeWriter::Attribute(std::string_view name, const WireWriter& value) {
  node_.Bytes(5, WireWriter().Bytes(1, name).Bytes(2, value.bytes()).bytes());
  return *this;
}

NodeWriter& NodeWriter::Int(std::string_view name, int64_t value) {
  return Attribute(name, WireWriter().Varint(3, static_cast<uint64_t>(value)));
}

NodeWriter& NodeWriter::Bool(std::string_view name, bool value) {
  return Attribute(name, WireWriter().Varint(5, value));
}

NodeWriter& NodeWriter::Float(std::string_view name, float value) {
  return Attribute(name, WireWriter().Float(4, value));
}

NodeWriter& NodeWriter::Type(std::string_view name, DataType type) {
  return Attribute(name, WireWriter().Varint(6, static_cast<uint64_t>(type)));
}

NodeWriter& NodeWriter::Text(std::string_view name, std::string_view value) {
  return Attribute(name, WireWriter().Bytes(2, value));
}

NodeWriter& NodeWriter::Shape(std::string_view name, const std::vector<int64_t>& shape) {
  return Attribute(name, WireWriter().Bytes(7, ShapeMessage(shape)));
}

NodeWriter& NodeWriter::Value(DataType type, const std::vector<int64_t>& shape,
                              std::string_view content) {
  WireWriter tensor;
  tensor.Varint(1, static_cast<uint64_t>(type)).Bytes(2, ShapeMessage(shape)).Bytes(4, content);
  return Type("dtype", type).Attribute("value", WireWriter().Bytes(8, tensor.bytes()));
}

NodeWriter& NodeWriter::StringValue(std::string_view text) {
  WireWriter tensor;
  tensor.Varint(1, static_cast<uint64_t>(DataType::kString))
      .Bytes(2, ShapeMessage({1}))
      .Bytes(8, text);
  return Type("dtype", DataType::kString).Attribute("value", WireWriter().Bytes(8, tensor.bytes()));
}

PackageWriter::PackageWriter() = default;

void PackageWriter::Region(const std::string& name, std::string_view content) {
  file_.resize((file_.size() + kAlignment - 1) / kAlignment * kAlignment);
  WireWriter element;
  element.Varint(1, file_.size()).Bytes(2, kPrefix + name).Varint(3, content.size());
  directory_.Bytes(1, element.bytes());
  file_ += content;
}

void PackageWriter::AddMatrix(std::string_view name, DataType type,
                              const std::vector<int64_t>& shape, std::string_view content) {
  Region(std::string(name), content);
  AddNode(NodeWriter(name, "ImmutableConst")
              .Type("dtype", type)
              .Shape("shape", shape)
              .Text("memory_region_name", kPrefix + std::string(name)));
}

void PackageWriter::AddVector(std::string_view name, const std::vector<float>& values) {
  AddNode(NodeWriter(name, "Const")
              .Value(DataType::kFloat, {static_cast<int64_t>(values.size())},
                     BytesOf(values.data(), values.size())));
}

void PackageWriter::AddScalar(std::string_view name, float value) {
  AddNode(NodeWriter(name, "Const").Value(DataType::kFloat, {}, BytesOf(&value, 1)));
}

void PackageWriter::AddInt(std::string_view name, int32_t value) {
  AddNode(NodeWriter(name, "Const").Value(DataType::kInt32, {1}, BytesOf(&value, 1)));
}

void PackageWriter::AddNode(std::string_view serialised) { graph_.Bytes(1, serialised); }

std::string PackageWriter::Finish() {
  Region(".", graph_.bytes());
  const uint64_t start = file_.size();
  file_ += directory_.bytes();
  file_ += BytesOf(&start, 1);
  return std::move(file_);
}

}  // namespace ds
