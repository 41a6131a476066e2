#include "model/open_model.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "model/tflite.h"

namespace ds {
namespace {

MappedFile Map(const std::string& path) {
  std::string advice;
  try {
    const Fd file = Fd::OpenRead(path);
    advice = "; give an exported .pb, .pbmm or .tflite";  // it is there, but something else
    return MappedFile(file);
  } catch (const Error& e) {
    throw Error(DS_ERR_FAIL_INIT_MMAP, "model '" + path + "' cannot be read: " + e.what() + advice);
  }
}

std::unique_ptr<ModelFile> Copy(std::string_view bytes) {
  AlignedBytes copy = AllocateAligned(bytes.size());
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return std::make_unique<ModelFile>(std::move(copy), bytes.size());
}

}  // namespace

std::unique_ptr<ModelFile> OpenModel(const std::string& path) {
  MappedFile file = Map(path);
  if (IsTflite(file.bytes())) return Copy(PackageOfTflite(file.bytes()));
  PreferHugePages(file.bytes().data(), file.bytes().size());
  return std::make_unique<ModelFile>(std::move(file));
}

std::unique_ptr<ModelFile> ModelFromMemory(const void* data, size_t size) {
  if (data == nullptr || size == 0) {
    throw Error(DS_ERR_NO_MODEL,
                "the model buffer is empty: give the bytes of a .pb, .pbmm or .tflite");
  }
  const std::string_view bytes(static_cast<const char*>(data), size);
  return Copy(IsTflite(bytes) ? PackageOfTflite(bytes) : bytes);
}

}  // namespace ds
