// The bytes of a model: a mapped file or a copied buffer, and the regions inside a .pbmm package.
#ifndef DS_MODEL_MODEL_FILE_H_
#define DS_MODEL_MODEL_FILE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ds {

// Read-only and immovable once opened; views into it live as long as it does.
//
// A .pbmm package is: regions, each 64-byte aligned; a directory
// `{repeated element = 1 {uint64 offset = 1; string name = 2; uint64 length = 3}}`; and in the last
// 8 bytes the offset of the directory. A TensorFlow Lite file becomes one in memory (tflite.h).
// Anything else is taken for a GraphDef.
class ModelFile {
 public:
  // Throws Error if the file cannot be read, is empty or is known to be something else.
  static std::unique_ptr<ModelFile> Open(const std::string& path);
  static std::unique_ptr<ModelFile> FromMemory(const void* data, size_t size);
  ~ModelFile();
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  // The serialised GraphDef.
  std::string_view graph() const { return graph_; }
  // The region of this name, empty if there is none.
  std::string_view Region(std::string_view name) const;
  // The package that a TensorFlow Lite file became, or the file as it is.
  std::string_view bytes() const { return {data_, size_}; }

 private:
  ModelFile() = default;
  void Parse();
  void Release();
  void ReadDirectory(std::string_view directory, size_t end_of_regions);

  const char* data_ = nullptr;
  size_t size_ = 0;
  bool mapped_ = false;
  std::string_view graph_;
  std::unordered_map<std::string_view, std::string_view> regions_;
};

}  // namespace ds
#endif  // DS_MODEL_MODEL_FILE_H_
