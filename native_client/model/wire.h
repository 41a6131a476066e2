// The protobuf wire format, as far as a GraphDef needs it: fields read in place, nothing copied.
//
// Every length is checked against what is left, so no input makes a reader leave its message.
#ifndef DS_MODEL_WIRE_H_
#define DS_MODEL_WIRE_H_

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/error.h"

namespace ds {

struct WireField {
  uint32_t number = 0;
  uint32_t type = 0;       // 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes
  uint64_t value = 0;      // of types 0, 1 and 5
  std::string_view bytes;  // of type 2

  float AsFloat() const {
    const uint32_t bits = static_cast<uint32_t>(value);
    float f;
    std::memcpy(&f, &bits, sizeof f);
    return f;
  }
  bool IsMessage() const { return type == 2; }
};

// Goes over the fields of one message.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  // The next field, or false at the end. Throws Error on malformed bytes.
  bool Next(WireField* field) {
    if (rest_.empty()) return false;
    const uint64_t tag = Varint();
    field->number = static_cast<uint32_t>(tag >> 3);
    field->type = static_cast<uint32_t>(tag & 7);
    if (field->number == 0 || tag >> 32 != 0) Fail("a field number is out of range");
    switch (field->type) {
      case 0:
        field->value = Varint();
        break;
      case 1:
        field->value = Fixed(8);
        break;
      case 5:
        field->value = Fixed(4);
        break;
      case 2: {
        const uint64_t size = Varint();
        if (size > rest_.size()) Fail("a field is longer than its message");
        field->bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        break;
      }
      default:
        Fail("a field has an unknown wire type");
    }
    return true;
  }

  // A packed repeated varint: call until empty().
  uint64_t Varint() {
    uint64_t result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) Fail("it ends inside a number");
      const uint8_t byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      result |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    Fail("a number is longer than 64 bits");
  }
  bool empty() const { return rest_.empty(); }

 private:
  [[noreturn]] static void Fail(const char* what) {
    throw Error(DS_ERR_FAIL_READ_PROTOBUF,
                std::string("the model is not a readable GraphDef (") + what +
                    "): is the file damaged, or not a .pb or .pbmm export?");
  }
  uint64_t Fixed(size_t size) {
    if (size > rest_.size()) Fail("it ends inside a number");
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value |= static_cast<uint64_t>(static_cast<uint8_t>(rest_[i])) << (8 * i);
    }
    rest_.remove_prefix(size);
    return value;
  }

  std::string_view rest_;
};

}  // namespace ds
#endif  // DS_MODEL_WIRE_H_
