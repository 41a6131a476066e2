// A regular file as memory, read-only.
#ifndef DS_BASE_MAPPED_FILE_H_
#define DS_BASE_MAPPED_FILE_H_

#include <string_view>

#include "base/file.h"

namespace ds {

class MappedFile {
 public:
  MappedFile() = default;
  // `fd` may be closed afterwards. Throws Error with the reason.
  explicit MappedFile(const Fd& fd);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept : bytes_(other.bytes_) { other.bytes_ = {}; }
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace ds
#endif  // DS_BASE_MAPPED_FILE_H_
