#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace ds {

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Fd Fd::OpenRead(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Error(std::strerror(errno));
  return Fd(fd);
}

Fd Fd::Duplicate(int fd) {  // above those that a program that is started expects
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 10);
  if (copy < 0) throw Error(std::strerror(errno));
  return Fd(copy);
}

std::pair<Fd, Fd> Fd::Pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(std::strerror(errno));
  const Fd from(ends[0]), to(ends[1]);
  return {Duplicate(ends[0]), Duplicate(ends[1])};
}

Fd Fd::Temporary() {
  const char* folder = std::getenv("TMPDIR");
  std::string name = std::string(folder && *folder ? folder : "/tmp") + "/deepspeech-XXXXXX";
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) throw Error("no temporary file in " + name + ": " + std::strerror(errno));
  unlink(name.c_str());
  return Fd(fd);
}

uint64_t Fd::FileSize() const {
  struct stat info;
  if (fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) throw Error("it is not a regular file");
  return static_cast<uint64_t>(info.st_size);
}

void HoldStandardStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

OutputFile OpenNowhere() { return OutputFile(std::fopen("/dev/null", "we")); }

std::string ReadAll(const std::string& path) {
  const Fd fd = Fd::OpenRead(path);
  std::string text;
  char block[1 << 16];
  for (;;) {
    const ssize_t got = read(fd.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(std::strerror(errno));
    if (got == 0) return text;
    text.append(block, static_cast<size_t>(got));
  }
}

}  // namespace ds
