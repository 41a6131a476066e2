#include "javascript/arguments.h"

#include <climits>
#include <cmath>
#include <cstring>

namespace ds {
namespace {

// What an object made here owns. JavaScript's collector counts memory, which it is told of.
template <typename T>
struct Box {
  std::shared_ptr<T> it;
};

template <typename T>
struct Kind;
template <>
struct Kind<ModelState> {
  static constexpr napi_type_tag kTag = {0x6d0f2c5b9a7e4c11, 0x8f4a1b7c3d9e2061};
  static constexpr const char* kName = "a model";
  static constexpr int64_t kBytes = 4 << 20;
};
template <>
struct Kind<Stream> {
  static constexpr napi_type_tag kTag = {0x6d0f2c5b9a7e4c12, 0x8f4a1b7c3d9e2062};
  static constexpr const char* kName = "a stream";
  static constexpr int64_t kBytes = 256 << 10;
};
template <>
struct Kind<Aligning> {
  static constexpr napi_type_tag kTag = {0x6d0f2c5b9a7e4c13, 0x8f4a1b7c3d9e2063};
  static constexpr const char* kName = "an alignment stream";
  static constexpr int64_t kBytes = 1 << 20;
};
template <>
struct Kind<Segmenting> {
  static constexpr napi_type_tag kTag = {0x6d0f2c5b9a7e4c14, 0x8f4a1b7c3d9e2064};
  static constexpr const char* kName = "a segmenter";
  static constexpr int64_t kBytes = 64 << 10;
};
template <>
struct Kind<Recording> {
  static constexpr napi_type_tag kTag = {0x6d0f2c5b9a7e4c15, 0x8f4a1b7c3d9e2065};
  static constexpr const char* kName = "a recording";
  static constexpr int64_t kBytes = 4 << 20;
};
template <>
struct Kind<Metadata> {
  static constexpr napi_type_tag kTag = {0x6d0f2c5b9a7e4c16, 0x8f4a1b7c3d9e2066};
  static constexpr const char* kName = "a list of transcripts";
  static constexpr int64_t kBytes = 64 << 10;
};
template <>
struct Kind<Alignment> {
  static constexpr napi_type_tag kTag = {0x6d0f2c5b9a7e4c17, 0x8f4a1b7c3d9e2067};
  static constexpr const char* kName = "an alignment";
  static constexpr int64_t kBytes = 64 << 10;
};

template <typename T>
void Tell(napi_env env, int sign) {
  int64_t now;
  napi_adjust_external_memory(env, sign * Kind<T>::kBytes, &now);
}

template <typename T>
void Drop(napi_env env, void* data, void*) {
  auto* box = static_cast<Box<T>*>(data);
  if (box->it) Tell<T>(env, -1);
  delete box;
}

template <typename T>
napi_value WrapIn(napi_env env, std::shared_ptr<T> it) {
  napi_value object = nullptr;
  auto box = std::make_unique<Box<T>>(Box<T>{std::move(it)});
  if (napi_create_object(env, &object) == napi_ok &&
      napi_wrap(env, object, box.get(), Drop<T>, nullptr, nullptr) == napi_ok) {
    box.release();
    napi_type_tag_object(env, object, &Kind<T>::kTag);
    Tell<T>(env, 1);
  }
  return object;
}

// The box in an object of this kind; null: it is none.
template <typename T>
Box<T>* Find(napi_env env, napi_value value) {
  napi_valuetype type;
  bool is_it = false;
  void* data = nullptr;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object ||
      napi_check_object_type_tag(env, value, &Kind<T>::kTag, &is_it) != napi_ok || !is_it ||
      napi_unwrap(env, value, &data) != napi_ok) {
    return nullptr;
  }
  return static_cast<Box<T>*>(data);
}

template <typename T>
std::shared_ptr<T> Take(napi_env env, napi_value value) {
  Box<T>* box = Find<T>(env, value);
  if (!box) throw Misuse{Misuse::kType, std::string("this is not ") + Kind<T>::kName};
  return box->it;
}

// The same for what has to be there.
template <typename T>
std::shared_ptr<T> TakeUnfreed(napi_env env, napi_value value) {
  std::shared_ptr<T> it = Take<T>(env, value);
  if (!it) throw Misuse{Misuse::kType, std::string(Kind<T>::kName) + " was freed"};
  return it;
}

// The same for what only one call at a time may work with.
template <typename T>
std::shared_ptr<T> TakeTurn(napi_env env, napi_value value) {
  std::shared_ptr<T> it = Take<T>(env, value);
  if (it && it->is_busy) {
    throw Misuse{Misuse::kError, std::string(Kind<T>::kName) +
                                     " is busy with an asynchronous call: await that first"};
  }
  return it;
}

template <typename T>
void End(T&) {}  // a model's streams and calls may go on
template <typename T, void (*F)(T*)>
void End(Fed<T, F>& it) {
  if (it.is_busy) {
    it.is_unwanted = true;
  } else {
    it.End();
  }
}

template <typename T>
bool FreeIf(napi_env env, napi_value value) {
  Box<T>* box = Find<T>(env, value);
  if (!box) return false;
  if (box->it) {
    End(*box->it);
    Tell<T>(env, -1);
    box->it = nullptr;
  }
  return true;
}

}  // namespace

Arguments::Arguments(napi_env env, napi_callback_info info, bool is_async)
    : env_(env), is_async_(is_async) {
  napi_get_cb_info(env, info, &count_, values_.data(), nullptr, nullptr);
}

napi_value Arguments::Next() {
  if (next_ < count_ && next_ < values_.size()) return values_[next_++];
  napi_value undefined = nullptr;
  napi_get_undefined(env_, &undefined);
  return undefined;
}

std::string Arguments::Described(napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, value, &type);
  if (type == napi_object || type == napi_function) {
    bool is_array = false;
    napi_is_array(env_, value, &is_array);
    return is_array ? "an array" : type == napi_object ? "an object" : "a function";
  }
  if (type == napi_symbol) return "a symbol";
  napi_value text = value;
  char shown[64] = "";
  size_t size = 0;
  napi_coerce_to_string(env_, value, &text);
  napi_get_value_string_utf8(env_, text, shown, sizeof shown, &size);
  const std::string start = size + 4 >= sizeof shown ? std::string(shown) + "..." : shown;
  return type == napi_string ? "'" + start + "'" : start;
}

void Arguments::Refuse(napi_value value, const char* what, const char* expected,
                       Misuse::Kind kind) {
  throw Misuse{kind, std::string(what) + " is " + Described(value) + ": expected " + expected};
}

std::string Arguments::Text(const char* what) {
  const napi_value value = Next();
  size_t size = 0;
  if (napi_get_value_string_utf8(env_, value, nullptr, 0, &size) != napi_ok) {
    Refuse(value, what, "a string");
  }
  std::string text(size + 1, '\0');
  napi_get_value_string_utf8(env_, value, &text[0], size + 1, &size);
  text.resize(size);
  if (text.find('\0') != std::string::npos) {
    Refuse(value, what, "a string without a NUL in it", Misuse::kRange);
  }
  return text;
}

double Arguments::Number(const char* what) {
  const napi_value value = Next();
  double number = 0;
  if (napi_get_value_double(env_, value, &number) != napi_ok) Refuse(value, what, "a number");
  if (std::isnan(number)) Refuse(value, what, "a number", Misuse::kRange);
  return number;
}

unsigned Arguments::Whole(const char* what) {
  const napi_value value = Next();
  double number = 0;
  if (napi_get_value_double(env_, value, &number) != napi_ok) {
    Refuse(value, what, "a whole number");
  }
  if (!(number >= 0 && number <= UINT_MAX && number == std::floor(number))) {
    Refuse(value, what, "a whole number from 0 to 4294967295", Misuse::kRange);
  }
  return static_cast<unsigned>(number);
}

bool Arguments::Flag(const char* what) {
  const napi_value value = Next();
  bool flag = false;
  if (napi_get_value_bool(env_, value, &flag) != napi_ok) Refuse(value, what, "true or false");
  return flag;
}

std::pair<const char*, unsigned> Arguments::Bytes(const char* what) {
  const napi_value value = Next();
  bool is_array = false;
  napi_typedarray_type type = napi_int8_array;
  size_t size = 0, offset = 0;
  void* data = nullptr;
  napi_value memory;
  napi_is_typedarray(env_, value, &is_array);
  if (!is_array ||
      napi_get_typedarray_info(env_, value, &type, &size, &data, &memory, &offset) != napi_ok ||
      type != napi_uint8_array) {
    Refuse(value, what, "a Buffer");
  }
  if (size > UINT_MAX) {
    throw Misuse{Misuse::kRange, std::string(what) + " has " + std::to_string(size) +
                                     " bytes: expected at most 4294967295"};
  }
  return {static_cast<const char*>(data), static_cast<unsigned>(size)};
}

Samples Arguments::Audio() {
  const napi_value value = Next();
  if (Find<ds::Recording>(env_, value)) {
    auto own = TakeUnfreed<ds::Recording>(env_, value);
    return {own->data(), static_cast<unsigned>(own->size()), own};
  }
  bool is_array = false;
  napi_typedarray_type type = napi_float32_array;
  size_t size = 0, offset = 0;
  void* data = nullptr;
  napi_value memory;
  napi_is_typedarray(env_, value, &is_array);
  if (is_array) {
    napi_get_typedarray_info(env_, value, &type, &size, &data, &memory, &offset);
  }
  if (!is_array || (type != napi_uint8_array && type != napi_int16_array)) {
    Refuse(value, "audio",
           is_array ? "a Buffer or an Int16Array, not another typed array"
                    : "a Buffer of 16-bit samples, or an Int16Array");
  }
  if (type == napi_uint8_array) {
    if (size % 2) {
      throw Misuse{Misuse::kRange,
                   "Buffer length must be even. Make sure your input audio is 16-bits per sample."};
    }
    size /= 2;
  }
  if (size > UINT_MAX) {
    throw Misuse{Misuse::kRange, "audio has " + std::to_string(size) +
                                     " samples: expected at most 4294967295 in one call"};
  }
  Samples samples{static_cast<const int16_t*>(data), static_cast<unsigned>(size), nullptr};
  if (size && (is_async_ || reinterpret_cast<uintptr_t>(data) % alignof(int16_t))) {
    auto own = std::make_shared<ds::Recording>(size);
    std::memcpy(own->data(), data, size * sizeof(int16_t));
    samples.data = own->data();
    samples.own = std::move(own);
  }
  return samples;
}

ModelPtr Arguments::Model() {
  ModelPtr model = Take<ModelState>(env_, Next());
  if (!model) throw Misuse{Misuse::kError, "this model was freed by FreeModel()"};
  return model;
}

std::shared_ptr<ds::Stream> Arguments::Stream() { return TakeTurn<ds::Stream>(env_, Next()); }

std::shared_ptr<ds::Aligning> Arguments::Aligning() { return TakeTurn<ds::Aligning>(env_, Next()); }

std::shared_ptr<ds::Segmenting> Arguments::Segmenting() {
  return TakeTurn<ds::Segmenting>(env_, Next());
}

std::shared_ptr<ds::Recording> Arguments::Recording() {
  return TakeUnfreed<ds::Recording>(env_, Next());
}

std::shared_ptr<Metadata> Arguments::Transcripts() { return TakeUnfreed<Metadata>(env_, Next()); }

std::shared_ptr<Alignment> Arguments::Aligned() { return TakeUnfreed<Alignment>(env_, Next()); }

void Arguments::Free() {
  const napi_value value = Next();
  if (!FreeIf<ModelState>(env_, value) && !FreeIf<ds::Stream>(env_, value) &&
      !FreeIf<ds::Aligning>(env_, value) && !FreeIf<ds::Segmenting>(env_, value) &&
      !FreeIf<ds::Recording>(env_, value) && !FreeIf<Metadata>(env_, value) &&
      !FreeIf<Alignment>(env_, value)) {
    Refuse(value, "what to free", "a model, a stream or a segmenter");
  }
}

napi_value Wrap(napi_env env, ModelPtr model) { return WrapIn(env, std::move(model)); }
napi_value Wrap(napi_env env, std::shared_ptr<Stream> stream) {
  return WrapIn(env, std::move(stream));
}
napi_value Wrap(napi_env env, std::shared_ptr<Aligning> aligning) {
  return WrapIn(env, std::move(aligning));
}
napi_value Wrap(napi_env env, std::shared_ptr<Segmenting> segmenting) {
  return WrapIn(env, std::move(segmenting));
}
napi_value Wrap(napi_env env, std::shared_ptr<Recording> recording) {
  return WrapIn(env, std::move(recording));
}
napi_value Wrap(napi_env env, std::shared_ptr<Metadata> transcripts) {
  return WrapIn(env, std::move(transcripts));
}
napi_value Wrap(napi_env env, std::shared_ptr<Alignment> aligned) {
  return WrapIn(env, std::move(aligned));
}

}  // namespace ds
