// Errors inside the library: a code of deepspeech.h and a sentence for the user.
#ifndef DS_BASE_ERROR_H_
#define DS_BASE_ERROR_H_

#include <stdexcept>
#include <string>

#include "deepspeech.h"

namespace ds {

// Thrown anywhere inside, turned into its code at the edge (api/).
class Error : public std::runtime_error {
 public:
  Error(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  int code() const { return code_; }

 private:
  int code_;
};

}  // namespace ds
#endif  // DS_BASE_ERROR_H_
