// A file that is complete, or not there at all.
#ifndef DS_BASE_WHOLE_FILE_H_
#define DS_BASE_WHOLE_FILE_H_

#include <string>
#include <string_view>

#include "base/file.h"

namespace ds {

// Written under a name of its own, which Commit replaces by `path`; without Commit nothing remains.
// Everything throws Error with the name and the reason.
class WholeFile {
 public:
  explicit WholeFile(const std::string& path);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void Write(std::string_view bytes);
  void Commit(bool sync = true);  // `sync`: it survives a power failure

 private:
  [[noreturn]] void Fail() const;

  const std::string path_;
  const std::string unfinished_;
  const Fd fd_;
};

}  // namespace ds
#endif  // DS_BASE_WHOLE_FILE_H_
