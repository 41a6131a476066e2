#include "model/pack_model.h"

#include <vector>

#include "base/error.h"
#include "base/whole_file.h"
#include "kernels/packing.h"
#include "model/graph.h"
#include "model/graph_writer.h"
#include "model/network.h"
#include "model/open_model.h"
#include "model/wire.h"

namespace ds {
namespace {

struct FoundMatrix {
  const WeightMatrix* matrix;
  bool gates;  // of an LSTM
};

// The matrix of the network that is this constant, if it is one.
FoundMatrix FindMatrix(const Network& network, const Tensor& tensor) {
  std::vector<FoundMatrix> all;
  for (const DenseLayer* layer :
       {&network.layer1, &network.layer2, &network.layer3, &network.layer5, &network.layer6}) {
    all.push_back({&layer->weights, false});
  }
  for (const LstmLayer& layer : network.lstm) all.push_back({&layer.kernel, true});
  for (const FoundMatrix& found : all) {
    const WeightMatrix& m = *found.matrix;
    if (m.bytes.data() == tensor.content.data() &&
        tensor.shape == std::vector<int64_t>{m.rows, m.cols}) {
      return found;
    }
  }
  return {nullptr, false};
}

// Packs rows; an LSTM's kernel as its input rows, then its recurrent ones.
std::string PackedBytes(const WeightMatrix& matrix, bool gates, int recurrent_bits) {
  std::string packed;
  auto add = [&](const void* rows, int count, int bits) {
    const auto part = PackedMatrix::Quantise(static_cast<const char*>(rows), count, matrix.cols,
                                             gates, matrix.title, bits);
    packed.append(reinterpret_cast<const char*>(part.Block(0)), part.size());
  };
  const char* bytes = matrix.bytes.data();
  const int cells = gates ? matrix.cols / 4 : 0, inputs = matrix.rows - cells;
  if (matrix.packed) {  // a kernel of int8
    const size_t size = PackedSize(inputs, matrix.cols, gates);
    packed.assign(bytes, size);
    const auto recurrent = PackedMatrix::View(bytes + size, cells, matrix.cols, gates);
    add(recurrent.Dequantise(matrix.cols, gates).data(), cells, recurrent_bits);
    return packed;
  }
  add(bytes, inputs, 8);
  if (gates) {
    const size_t first = static_cast<size_t>(inputs) * matrix.cols * sizeof(float);
    add(bytes + first, cells, recurrent_bits);
  }
  return packed;
}

}  // namespace

std::string PackModel(const ModelFile& file, int recurrent_bits) {
  const Graph graph(file);
  const Network network = ReadNetwork(graph);
  PackageWriter package;
  int version = recurrent_bits == 4 ? kInt4PackingVersion : kPackingVersion;
  WireReader reader(file.graph());
  WireField field;
  size_t index = 0;
  while (reader.Next(&field)) {
    if (field.number != 1 || !field.IsMessage()) continue;
    const Node& node = graph.nodes()[index++];
    if (node.name == "metadata_packing") continue;
    const bool constant = node.op == "Const", region = node.op == "ImmutableConst";
    if (constant || region) {
      const Tensor tensor = graph.Constant(node);
      const auto [matrix, gates] = FindMatrix(network, tensor);
      if (matrix != nullptr) {
        if (matrix->recurrent_bits == 4) version = kInt4PackingVersion;
        if (!matrix->packed || (gates && recurrent_bits < matrix->recurrent_bits)) {
          package.AddMatrix(node.name, DataType::kQint8, tensor.shape,
                            PackedBytes(*matrix, gates, recurrent_bits));
          continue;
        }
      }
      if (region) {
        package.AddMatrix(node.name, tensor.type, tensor.shape, tensor.content);
        continue;
      }
    }
    package.AddNode(field.bytes);
  }
  package.AddInt("metadata_packing", version);
  return package.Finish();
}

void PackModelFile(const std::string& source, const std::string& target, int recurrent_bits) {
  const std::string packed = PackModel(*OpenModel(source), recurrent_bits);
  WholeFile file(target);
  file.Write(packed);
  file.Commit();
}

}  // namespace ds
