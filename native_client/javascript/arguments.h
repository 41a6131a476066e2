// The arguments of a call from JavaScript, taken one after the other. What is none of the kind that
// was expected throws Misuse, a TypeError or a RangeError.
#ifndef DS_JAVASCRIPT_ARGUMENTS_H_
#define DS_JAVASCRIPT_ARGUMENTS_H_

#include <node_api.h>

#include <array>
#include <memory>
#include <string>

#include "javascript/owned.h"

namespace ds {

// A wrong argument, as JavaScript's error of that class.
struct Misuse {
  enum Kind { kType, kRange, kError } kind;
  std::string message;
};

// Samples to read: those of the caller for a call that ends before JavaScript goes on, else copied.
struct Samples {
  const int16_t* data = nullptr;
  unsigned size = 0;
  std::shared_ptr<const Recording> own;
};

class Arguments {
 public:
  // `is_async`: JavaScript goes on while the call runs.
  Arguments(napi_env env, napi_callback_info info, bool is_async);

  bool is_async() const { return is_async_; }

  std::string Text(const char* what);
  double Number(const char* what);
  unsigned Whole(const char* what);
  bool Flag(const char* what);
  Samples Audio();
  // Bytes of a file: always the caller's own, as the library copies them.
  std::pair<const char*, unsigned> Bytes(const char* what);

  ModelPtr Model();
  std::shared_ptr<ds::Stream> Stream();
  std::shared_ptr<ds::Aligning> Aligning();
  std::shared_ptr<ds::Segmenting> Segmenting();
  std::shared_ptr<ds::Recording> Recording();
  std::shared_ptr<Metadata> Transcripts();
  std::shared_ptr<Alignment> Aligned();

  // Frees what the next argument owns, of any kind, or has the call that works with it do so.
  void Free();

 private:
  napi_value Next();
  [[noreturn]] void Refuse(napi_value value, const char* what, const char* expected,
                           Misuse::Kind kind = Misuse::kType);
  std::string Described(napi_value value);

  napi_env env_;
  bool is_async_;
  std::array<napi_value, 8> values_;
  size_t count_ = 8, next_ = 0;
};

// Objects that own one of these.
napi_value Wrap(napi_env env, ModelPtr model);
napi_value Wrap(napi_env env, std::shared_ptr<Stream> stream);
napi_value Wrap(napi_env env, std::shared_ptr<Aligning> aligning);
napi_value Wrap(napi_env env, std::shared_ptr<Segmenting> segmenting);
napi_value Wrap(napi_env env, std::shared_ptr<Recording> recording);
napi_value Wrap(napi_env env, std::shared_ptr<Metadata> transcripts);
napi_value Wrap(napi_env env, std::shared_ptr<Alignment> aligned);

}  // namespace ds

#endif  // DS_JAVASCRIPT_ARGUMENTS_H_
