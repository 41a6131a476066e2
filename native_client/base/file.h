// Files to read, and their owners. What fails throws Error with the reason alone: the caller knows
// what the file was for, and puts that in front.
#ifndef DS_BASE_FILE_H_
#define DS_BASE_FILE_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace ds {

// An open file descriptor.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd();
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept;

  static Fd OpenRead(const std::string& path);
  static Fd Duplicate(int fd);
  static std::pair<Fd, Fd> Pipe();  // to read from, to write to
  static Fd Temporary();  // to be written and read; nobody else can, and it goes by itself

  int get() const { return fd_; }
  uint64_t FileSize() const;  // throws for what is not a regular file

 private:
  int fd_;
};

// Where a program was started with a closed standard stream, the next file that it opens would get
// its number, and messages. Afterwards such a stream is open, and what is read or written fails.
void HoldStandardStreams();

// A stream that takes what is written and keeps nothing.
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OutputFile = std::unique_ptr<std::FILE, CloseFile>;
OutputFile OpenNowhere();

// The contents of a file or pipe.
std::string ReadAll(const std::string& path);

}  // namespace ds
#endif  // DS_BASE_FILE_H_
