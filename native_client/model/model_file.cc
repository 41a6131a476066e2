#include "model/model_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "kernels/packing.h"
#include "model/tflite.h"
#include "model/wire.h"

namespace ds {
namespace {

constexpr size_t kMaxRegions = 4096;
constexpr std::string_view kPackagePrefix = "memmapped_package://";
constexpr std::string_view kGraphName = "memmapped_package://.";

[[noreturn]] void FailOpen(const std::string& path, const std::string& why) {
  throw Error(DS_ERR_FAIL_INIT_MMAP, "model '" + path + "' cannot be read: " + why);
}

}  // namespace

std::unique_ptr<ModelFile> ModelFile::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) FailOpen(path, std::strerror(errno));
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size <= 0) {
    close(fd);
    FailOpen(path, "it is empty or not a regular file; give an exported .pb, .pbmm or .tflite");
  }
  const size_t size = static_cast<size_t>(info.st_size);
  void* data = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  const int map_errno = errno;
  close(fd);
  if (data == MAP_FAILED) FailOpen(path, std::strerror(map_errno));
  PreferHugePages(data, size);
  std::unique_ptr<ModelFile> file(new ModelFile);
  file->data_ = static_cast<const char*>(data);
  file->size_ = size;
  file->mapped_ = true;
  file->Parse();
  return file;
}

std::unique_ptr<ModelFile> ModelFile::FromMemory(const void* data, size_t size) {
  if (data == nullptr || size == 0) {
    throw Error(DS_ERR_NO_MODEL,
                "the model buffer is empty: give the bytes of a .pb, .pbmm or .tflite");
  }
  AlignedBytes copy = AllocateAligned(size);
  std::memcpy(copy.get(), data, size);
  std::unique_ptr<ModelFile> file(new ModelFile);
  file->data_ = reinterpret_cast<const char*>(copy.release());
  file->size_ = size;
  file->Parse();
  return file;
}

ModelFile::~ModelFile() { Release(); }

void ModelFile::Release() {
  if (mapped_) {
    munmap(const_cast<char*>(data_), size_);
  } else {
    std::free(const_cast<char*>(data_));
  }
}

std::string_view ModelFile::Region(std::string_view name) const {
  const auto found = regions_.find(name);
  return found == regions_.end() ? std::string_view() : found->second;
}

void ModelFile::Parse() {
  if (IsTflite({data_, size_})) {
    const std::string package = PackageOfTflite({data_, size_});
    AlignedBytes copy = AllocateAligned(package.size());
    std::memcpy(copy.get(), package.data(), package.size());
    Release();
    data_ = reinterpret_cast<const char*>(copy.release());
    size_ = package.size();
    mapped_ = false;
  }
  const std::string_view all(data_, size_);
  graph_ = all;
  if (size_ <= 8) return;
  uint64_t offset;
  std::memcpy(&offset, data_ + size_ - 8, 8);  // little endian, as all supported processors
  // A plain GraphDef almost never ends in a number that points at a package directory.
  if (offset >= size_ - 8) return;
  const std::string_view directory = all.substr(offset, size_ - 8 - offset);
  if (directory.find(kPackagePrefix) == std::string_view::npos) return;
  ReadDirectory(directory, offset);
}

void ModelFile::ReadDirectory(std::string_view directory, size_t end_of_regions) {
  WireReader reader(directory);
  WireField field;
  while (reader.Next(&field)) {
    if (field.number != 1 || !field.IsMessage()) continue;
    uint64_t offset = 0, length = 0;
    std::string_view name;
    WireReader element(field.bytes);
    WireField part;
    while (element.Next(&part)) {
      if (part.number == 1 && part.type == 0) offset = part.value;
      if (part.number == 2 && part.IsMessage()) name = part.bytes;
      if (part.number == 3 && part.type == 0) length = part.value;
    }
    if (offset > end_of_regions || length > end_of_regions - offset) {
      throw Error(DS_ERR_FAIL_INIT_MMAP,
                  "region '" + std::string(name) + "' lies outside the model file: it is damaged");
    }
    if (regions_.size() >= kMaxRegions) {
      throw Error(DS_ERR_FAIL_INIT_MMAP, "the model's directory names too many regions");
    }
    regions_[name] = std::string_view(data_ + offset, length);
  }
  graph_ = Region(kGraphName);
  if (graph_.empty()) {
    throw Error(DS_ERR_FAIL_INIT_MMAP, "the model's package holds no graph: it is damaged");
  }
}

}  // namespace ds
