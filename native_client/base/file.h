// Files to read, and their owners. What fails throws Error with the reason alone: the caller knows
// what the file was for, and puts that in front.
#ifndef DS_BASE_FILE_H_
#define DS_BASE_FILE_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace ds {

// An open file descriptor.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd();
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&&) = delete;

  static Fd OpenRead(const std::string& path);

  int get() const { return fd_; }
  uint64_t FileSize() const;  // throws for what is not a regular file

 private:
  int fd_;
};

// A file to be read from its beginning; "-" is standard input.
struct CloseFile {
  void operator()(std::FILE* file) const;
};
using InputFile = std::unique_ptr<std::FILE, CloseFile>;
InputFile OpenInput(const std::string& path);

// The contents of a file or pipe.
std::string ReadAll(const std::string& path);

}  // namespace ds
#endif  // DS_BASE_FILE_H_
