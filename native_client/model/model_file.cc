#include "model/model_file.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "model/wire.h"

namespace ds {
namespace {

constexpr size_t kMaxRegions = 4096;
constexpr std::string_view kPackagePrefix = "memmapped_package://";
constexpr std::string_view kGraphName = "memmapped_package://.";

}  // namespace

ModelFile::ModelFile(MappedFile file) : file_(std::move(file)), bytes_(file_.bytes()) { Parse(); }

ModelFile::ModelFile(AlignedBytes bytes, size_t size)
    : own_(std::move(bytes)), bytes_(reinterpret_cast<const char*>(own_.get()), size) {
  Parse();
}

std::string_view ModelFile::Region(std::string_view name) const {
  const auto found = regions_.find(name);
  return found == regions_.end() ? std::string_view() : found->second;
}

void ModelFile::Parse() {
  graph_ = bytes_;
  if (bytes_.size() <= 8) return;
  const size_t end = bytes_.size() - 8;
  uint64_t offset;
  std::memcpy(&offset, bytes_.data() + end, 8);  // little endian, as all supported processors
  // A plain GraphDef almost never ends in a number that points at a package directory.
  if (offset >= end) return;
  const std::string_view directory = bytes_.substr(offset, end - offset);
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
    regions_[name] = bytes_.substr(offset, length);
  }
  graph_ = Region(kGraphName);
  if (graph_.empty()) {
    throw Error(DS_ERR_FAIL_INIT_MMAP, "the model's package contains no graph: it is damaged");
  }
}

}  // namespace ds
