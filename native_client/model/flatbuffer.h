// FlatBuffers, as far as a TensorFlow Lite file needs them: tables and vectors read in place.
//
// Every offset is checked against the file, so no input makes a reader leave it. FlexBuffers, in
// which custom operations keep their options, are read as maps of names to scalars.
#ifndef DS_MODEL_FLATBUFFER_H_
#define DS_MODEL_FLATBUFFER_H_

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace ds {

[[noreturn]] inline void FailFlatbuffer(const char* what) {
  throw Error(DS_ERR_FAIL_INTERPRETER, std::string("the TensorFlow Lite model is not readable (") +
                                           what + "): is the file damaged?");
}

// A little-endian number at `at` of `bytes`.
template <typename T>
T ReadAt(std::string_view bytes, size_t at) {
  if (at > bytes.size() || sizeof(T) > bytes.size() - at)
    FailFlatbuffer("an offset points outside the file");
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// `count` elements of `T`, or of offsets to tables.
template <typename T>
class FlatVector {
 public:
  FlatVector() = default;
  FlatVector(std::string_view file, size_t at) : file_(file), begin_(at + 4) {
    count_ = ReadAt<uint32_t>(file, at);
    if (count_ > (file.size() - begin_) / sizeof(T))
      FailFlatbuffer("a vector extends beyond the file");
  }
  size_t size() const { return count_; }
  T operator[](size_t i) const {
    if (i >= count_) FailFlatbuffer("an index exceeds its vector");
    return ReadAt<T>(file_, begin_ + i * sizeof(T));
  }
  std::string_view bytes() const {
    return count_ == 0 ? std::string_view() : file_.substr(begin_, count_ * sizeof(T));
  }
  size_t Position(size_t i) const { return begin_ + i * sizeof(T); }

 private:
  std::string_view file_;
  size_t begin_ = 0, count_ = 0;
};

// A table; fields go by their number in the schema. A default-constructed one has no fields.
class FlatTable {
 public:
  FlatTable() = default;
  FlatTable(std::string_view file, size_t at) : file_(file), at_(at) {
    const int64_t vtable = static_cast<int64_t>(at) - ReadAt<int32_t>(file, at);
    if (vtable < 0) FailFlatbuffer("a table extends beyond the file");
    vtable_ = static_cast<size_t>(vtable);
    fields_ = ReadAt<uint16_t>(file, vtable_);
    if (fields_ < 4 || fields_ > file.size() - vtable_) FailFlatbuffer("a table is malformed");
  }
  static FlatTable Root(std::string_view file) {
    return FlatTable(file, ReadAt<uint32_t>(file, 0));
  }

  template <typename T>
  T Scalar(int field, T otherwise) const {
    const size_t at = Position(field);
    return at == 0 ? otherwise : ReadAt<T>(file_, at);
  }
  template <typename T>
  FlatVector<T> Vector(int field) const {
    const size_t at = Position(field);
    return at == 0 ? FlatVector<T>() : FlatVector<T>(file_, at + ReadAt<uint32_t>(file_, at));
  }
  std::string_view String(int field) const { return Vector<char>(field).bytes(); }
  FlatTable Table(int field) const {
    const size_t at = Position(field);
    return at == 0 ? FlatTable() : FlatTable(file_, at + ReadAt<uint32_t>(file_, at));
  }
  // Element `i` of a vector of tables.
  FlatTable Element(const FlatVector<uint32_t>& tables, size_t i) const {
    return FlatTable(file_, tables.Position(i) + tables[i]);
  }

 private:
  // Where a field lies, 0 if the table has none.
  size_t Position(int field) const {
    const size_t entry = 4 + 2 * static_cast<size_t>(field);
    if (entry + 2 > fields_) return 0;
    const uint16_t offset = ReadAt<uint16_t>(file_, vtable_ + entry);
    return offset == 0 ? 0 : at_ + offset;
  }

  std::string_view file_;
  size_t at_ = 0, vtable_ = 0, fields_ = 0;
};

// The numbers of a FlexBuffers map: its root, the last value, is followed by type and width. What
// is neither integer nor float is left out.
inline std::map<std::string, double> FlexNumbers(std::string_view flex) {
  constexpr int kMap = 9;
  constexpr size_t kMost = 256;  // options, and bytes of a name
  auto number = [&](size_t at, size_t width) -> uint64_t {
    if (width == 1) return ReadAt<uint8_t>(flex, at);
    if (width == 2) return ReadAt<uint16_t>(flex, at);
    if (width == 4) return ReadAt<uint32_t>(flex, at);
    if (width == 8) return ReadAt<uint64_t>(flex, at);
    FailFlatbuffer("the width of an option is malformed");
  };
  auto back = [&](size_t at, size_t width) {  // an offset counts backwards
    const uint64_t offset = number(at, width);
    if (offset > at) FailFlatbuffer("an option extends beyond its buffer");
    return at - static_cast<size_t>(offset);
  };
  std::map<std::string, double> result;
  if (flex.size() < 3) return result;
  const size_t root_width = static_cast<uint8_t>(flex[flex.size() - 1]);
  const int root_type = static_cast<uint8_t>(flex[flex.size() - 2]);
  if (root_type >> 2 != kMap || root_width + 2 > flex.size()) return result;
  const size_t width = size_t{1} << (root_type & 3);
  const size_t values = back(flex.size() - 2 - root_width, root_width);
  if (values < 3 * width) FailFlatbuffer("an option extends beyond its buffer");
  const size_t count = number(values - width, width);
  const size_t key_width = number(values - 2 * width, width);
  const size_t keys = back(values - 3 * width, width);
  if (count > kMost) FailFlatbuffer("there are too many options");
  for (size_t i = 0; i < count; ++i) {
    const size_t key = back(keys + i * key_width, key_width);
    const size_t end = flex.substr(0, key + kMost + 1).find('\0', key);
    if (end == std::string_view::npos) FailFlatbuffer("the name of an option is unterminated");
    const size_t at = values + i * width;
    const int type = ReadAt<uint8_t>(flex, values + count * width + i) >> 2;
    double value = 0;
    if (type == 1 || type == 2 || type == 26) {  // int, uint, bool
      value = static_cast<double>(number(at, width));
    } else if (type == 3 && width >= 4) {
      value = width == 8 ? ReadAt<double>(flex, at) : ReadAt<float>(flex, at);
    } else if (type == 6 || type == 7 || type == 8) {  // int, uint, float elsewhere
      const int bytes = 1 << (ReadAt<uint8_t>(flex, values + count * width + i) & 3);
      const size_t place = back(at, width);
      value = type != 8    ? static_cast<double>(number(place, bytes))
              : bytes == 8 ? ReadAt<double>(flex, place)
                           : ReadAt<float>(flex, place);
    } else {
      continue;
    }
    result[std::string(flex.substr(key, end - key))] = value;
  }
  return result;
}

}  // namespace ds
#endif  // DS_MODEL_FLATBUFFER_H_
