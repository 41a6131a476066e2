#include "base/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace ds {

WholeFile::WholeFile(const std::string& path)
    : path_(path),
      unfinished_(path + "." + std::to_string(getpid()) + ".part"),
      fd_(open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (fd_.get() < 0) Fail();
}

WholeFile::~WholeFile() { unlink(unfinished_.c_str()); }

void WholeFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) Fail();
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void WholeFile::Commit(bool sync) {
  if (sync && fsync(fd_.get()) != 0) Fail();
  if (std::rename(unfinished_.c_str(), path_.c_str()) != 0) Fail();
}

void WholeFile::Fail() const {
  throw Error("'" + path_ + "' cannot be written: " + std::strerror(errno));
}

}  // namespace ds
