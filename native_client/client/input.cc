#include "client/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace ds {
namespace {

constexpr size_t kMostKept = 64 << 20;  // bytes of a pipe; no header is as long

// Fewer bytes than asked for: the end, or a signal that is to end the reading.
size_t ReadFully(int fd, char* bytes, size_t count) {
  size_t got = 0;
  while (got < count) {
    const ssize_t more = read(fd, bytes + got, count - got);
    if (more <= 0) break;
    got += static_cast<size_t>(more);
  }
  return got;
}

}  // namespace

Input::Input(const std::string& path)
    : Input(path == "-" ? Fd::Duplicate(STDIN_FILENO) : Fd::OpenRead(path)) {}

Input::Input(Fd fd) : fd_(std::move(fd)) {
  struct stat status;
  if (fstat(fd_.get(), &status) != 0) throw Error(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) throw Error("is a folder: expected an audio file");
  if (!S_ISREG(status.st_mode)) return;
  const off_t start = lseek(fd_.get(), 0, SEEK_CUR);
  start_ = static_cast<uint64_t>(std::max<off_t>(start, 0));
  const uint64_t whole = static_cast<uint64_t>(status.st_size);
  size_ = whole > start_ ? whole - start_ : 0;
}

size_t Input::Read(void* bytes, size_t count) {
  if (size_ != kUnknownSize) {
    const size_t got = ReadAt(position_, bytes, count);
    position_ += got;
    return got;
  }
  char* to = static_cast<char*>(bytes);
  size_t got = 0;
  if (position_ < kept_from_ + kept_.size()) {
    got = kept_.copy(to, count, static_cast<size_t>(position_ - kept_from_));
  } else if (!keeping_) {
    kept_.clear();
    kept_.shrink_to_fit();
  }
  const size_t fresh = ReadFully(fd_.get(), to + got, count - got);
  keeping_ = keeping_ && kept_.size() + fresh <= kMostKept;
  if (keeping_) kept_.append(to + got, fresh);
  position_ += got + fresh;
  return got + fresh;
}

void Input::Rewind() {
  if (size_ == kUnknownSize && !keeping_ && (kept_from_ > 0 || position_ > kept_.size())) {
    throw Error("its header is too long to come from a pipe: expected a file");
  }
  position_ = 0;
}

void Input::Skip(uint64_t count) {
  if (size_ != kUnknownSize) {
    position_ += std::min(count, size_ - std::min(position_, size_));
    return;
  }
  char sink[4096];
  while (count > 0) {
    const size_t got = Read(sink, static_cast<size_t>(std::min<uint64_t>(count, sizeof sink)));
    if (got == 0) return;
    count -= got;
  }
}

std::string Input::Peek(size_t count) {
  std::string bytes(count, '\0');
  if (size_ != kUnknownSize) {
    bytes.resize(ReadAt(position_, bytes.data(), count));
    return bytes;
  }
  if (!keeping_) {  // from here on, then
    const uint64_t passed = std::min<uint64_t>(position_ - kept_from_, kept_.size());
    kept_.erase(0, static_cast<size_t>(passed));
    kept_from_ = position_;
  }
  const size_t there = kept_.size() - static_cast<size_t>(position_ - kept_from_);
  if (there < count) {
    kept_.append(bytes, 0, ReadFully(fd_.get(), bytes.data(), count - there));
  }
  return kept_.substr(static_cast<size_t>(position_ - kept_from_), count);
}

void Input::Store() {
  if (size_ != kUnknownSize && start_ == 0) return;
  Fd file = Fd::Temporary();
  Rewind();
  Forget();
  uint64_t total = 0;
  std::string block(1 << 16, '\0');
  while (const size_t got = Read(block.data(), block.size())) {
    for (size_t done = 0; done < got;) {
      const ssize_t wrote = write(file.get(), block.data() + done, got - done);
      if (wrote < 0) throw Error(std::string("it cannot be stored: ") + std::strerror(errno));
      done += static_cast<size_t>(wrote);
    }
    total += got;
  }
  fd_ = std::move(file);
  start_ = position_ = 0;
  size_ = total;
}

size_t Input::ReadAt(uint64_t offset, void* bytes, size_t count) const {
  if (offset >= size_) return 0;
  count = static_cast<size_t>(std::min<uint64_t>(count, size_ - offset));
  size_t got = 0;
  while (got < count) {
    const ssize_t more = pread(fd_.get(), static_cast<char*>(bytes) + got, count - got,
                               static_cast<off_t>(start_ + offset + got));
    if (more <= 0) break;
    got += static_cast<size_t>(more);
  }
  return got;
}

}  // namespace ds
