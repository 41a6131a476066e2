// Writes GraphDefs and the .pbmm packages that model_file.h reads.
#ifndef DS_MODEL_GRAPH_WRITER_H_
#define DS_MODEL_GRAPH_WRITER_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph.h"

namespace ds {

// A message of the protobuf wire format.
class WireWriter {
 public:
  WireWriter& Varint(int field, uint64_t value);
  WireWriter& Float(int field, float value);
  WireWriter& Bytes(int field, std::string_view bytes);  // a string or a message
  const std::string& bytes() const { return bytes_; }

 private:
  void Number(uint64_t value);
  std::string bytes_;
};

// A serialised NodeDef.
class NodeWriter {
 public:
  NodeWriter(std::string_view name, std::string_view op,
             std::initializer_list<std::string_view> inputs = {});
  NodeWriter& Int(std::string_view name, int64_t value);
  NodeWriter& Bool(std::string_view name, bool value);
  NodeWriter& Float(std::string_view name, float value);
  NodeWriter& Type(std::string_view name, DataType type);
  NodeWriter& Text(std::string_view name, std::string_view value);
  NodeWriter& Shape(std::string_view name, const std::vector<int64_t>& shape);
  NodeWriter& Value(DataType type, const std::vector<int64_t>& shape, std::string_view content);
  NodeWriter& StringValue(std::string_view text);  // of shape [1]
  const std::string& bytes() const { return node_.bytes(); }

 private:
  NodeWriter& Attribute(std::string_view name, const WireWriter& value);
  WireWriter node_;
};

// A package in memory: regions, then the graph, then the directory.
class PackageWriter {
 public:
  PackageWriter();
  // Adds the node of a constant whose `content` becomes a region of the node's name.
  void AddMatrix(std::string_view name, DataType type, const std::vector<int64_t>& shape,
                 std::string_view content);
  void AddVector(std::string_view name, const std::vector<float>& values);
  void AddScalar(std::string_view name, float value);
  void AddInt(std::string_view name, int32_t value);  // of shape [1], as metadata are
  void AddNode(std::string_view serialised);
  void AddNode(const NodeWriter& node) { AddNode(node.bytes()); }
  std::string Finish();

 private:
  void Region(const std::string& name, std::string_view content);

  std::string file_;
  WireWriter graph_, directory_;
};

}  // namespace ds
#endif  // DS_MODEL_GRAPH_WRITER_H_
