// The bytes of a recording: of a file, or of a pipe that can be heard again from its beginning.
#ifndef DS_CLIENT_INPUT_H_
#define DS_CLIENT_INPUT_H_

#include <cstdint>
#include <string>

#include "base/file.h"

namespace ds {

constexpr uint64_t kUnknownSize = UINT64_MAX;

class Input {
 public:
  // Opens a file, or standard input for "-". Throws Error with the reason.
  explicit Input(const std::string& path);
  explicit Input(Fd fd);

  // The next bytes; fewer than asked for at the end.
  size_t Read(void* bytes, size_t count);
  void Skip(uint64_t count);
  // The next bytes, at most `count`, which stay to be read.
  std::string Peek(size_t count);

  // Back to the beginning. What comes from a pipe is kept for that until Forget.
  void Rewind();
  void Forget() { keeping_ = false; }

  uint64_t position() const { return position_; }
  // In bytes; kUnknownSize for a pipe or a device.
  uint64_t size() const { return size_; }

  // Reads a pipe into a temporary file, so that any place can be read.
  void Store();
  size_t ReadAt(uint64_t offset, void* bytes, size_t count) const;  // files only
  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
  uint64_t start_ = 0;  // of standard input: somebody may have read from it before
  uint64_t size_ = kUnknownSize;
  uint64_t position_ = 0;
  bool keeping_ = true;
  uint64_t kept_from_ = 0;
  std::string kept_;  // of a pipe: from its beginning, or what has been looked at
};

}  // namespace ds
#endif  // DS_CLIENT_INPUT_H_
