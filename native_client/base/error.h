// The one kind of error inside the library: a sentence for the user, and a code of deepspeech.h.
#ifndef DS_BASE_ERROR_H_
#define DS_BASE_ERROR_H_

#include <stdexcept>
#include <string>

#include "deepspeech.h"

namespace ds {

// Thrown anywhere inside; the edges (api/ and the C interfaces) turn it into its code. An error
// without a code of its own takes that of the call that failed.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : Error(DS_ERR_OK, message) {}
  Error(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  int code() const { return code_; }
  int code_or(int otherwise) const { return code_ == DS_ERR_OK ? otherwise : code_; }

 private:
  int code_;
};

}  // namespace ds
#endif  // DS_BASE_ERROR_H_
