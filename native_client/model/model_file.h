// The bytes of a model: a mapped file or a buffer, and the regions inside a .pbmm package.
#ifndef DS_MODEL_MODEL_FILE_H_
#define DS_MODEL_MODEL_FILE_H_

#include <cstddef>
#include <string_view>
#include <unordered_map>

#include "base/mapped_file.h"
#include "kernels/packing.h"

namespace ds {

// Read-only and immovable once opened; views into it live as long as it does.
//
// A .pbmm package is: regions, each 64-byte aligned; a directory
// `{repeated element = 1 {uint64 offset = 1; string name = 2; uint64 length = 3}}`; and in the last
// 8 bytes the offset of the directory. Anything else is taken for a GraphDef.
class ModelFile {
 public:
  // Both throw Error for a damaged package.
  explicit ModelFile(MappedFile file);
  ModelFile(AlignedBytes bytes, size_t size);
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  // The serialised GraphDef.
  std::string_view graph() const { return graph_; }
  // The region of this name, empty if there is none.
  std::string_view Region(std::string_view name) const;
  std::string_view bytes() const { return bytes_; }

 private:
  void Parse();
  void ReadDirectory(std::string_view directory, size_t end_of_regions);

  MappedFile file_;
  AlignedBytes own_;
  std::string_view bytes_;  // of one of the two
  std::string_view graph_;
  std::unordered_map<std::string_view, std::string_view> regions_;
};

}  // namespace ds
#endif  // DS_MODEL_MODEL_FILE_H_
