#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace ds {

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

Fd Fd::OpenRead(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Error(std::strerror(errno));
  return Fd(fd);
}

uint64_t Fd::FileSize() const {
  struct stat info;
  if (fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) throw Error("it is not a regular file");
  return static_cast<uint64_t>(info.st_size);
}

void CloseFile::operator()(std::FILE* file) const {
  if (file != stdin) std::fclose(file);
}

InputFile OpenInput(const std::string& path) {
  InputFile file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (!file) throw Error(std::strerror(errno));
  return file;
}

std::string ReadAll(const std::string& path) {
  const InputFile file(std::fopen(path.c_str(), "rb"));  // "-" is a name here
  if (!file) throw Error(std::strerror(errno));
  std::string text;
  char block[1 << 16];
  while (const size_t got = std::fread(block, 1, sizeof block, file.get())) {
    text.append(block, got);
  }
  if (std::ferror(file.get())) throw Error(std::strerror(errno));
  return text;
}

}  // namespace ds
