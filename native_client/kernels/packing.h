// Weights in the order in which the kernels read them, the same on every processor.
//
// Outputs go in blocks of 64, inputs in groups of 64. A packed int8 matrix is, block after block,
// group after group: 16 quads of [64 outputs][4 inputs] bytes (weight + 128, so unsigned), then the
// 64 outputs' scales as bfloat16: 4224 bytes, aligned to 64. Outputs and inputs that only fill up a
// block or group have weight 0. A fp32 matrix is, block after block, [inputs][64 outputs] floats.
//
// The recurrent rows of an LSTM may have 4 bits a weight: a group is then 8 pairs of quads of
// [64 outputs][4 inputs] bytes, each with the weight + 8 of the first quad in its low bits and that
// of the second in its high ones, then the scales: 2176 bytes.
//
// Dense layers number outputs in their order. In an LSTM kernel a block is 16 cells: their 16 gates
// i, then ci, f, o. Its input rows and its recurrent rows are two packed matrices, one behind the
// other.
#ifndef DS_KERNELS_PACKING_H_
#define DS_KERNELS_PACKING_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace ds {

constexpr int kBlock = 64;
constexpr int kGroup = 64;
constexpr int kCellsPerBlock = kBlock / 4;
constexpr size_t kGroupBytes = kBlock * kGroup + kBlock * sizeof(uint16_t);
constexpr size_t kInt4GroupBytes = kBlock * kGroup / 2 + kBlock * sizeof(uint16_t);

// metadata_packing: the second where recurrent rows have 4 bits.
constexpr int kPackingVersion = 1, kInt4PackingVersion = 2;

constexpr int RoundUp(int value, int step) { return (value + step - 1) / step * step; }

// Blocks of a matrix with `cols` outputs; `gates` if they are the four gates of cols / 4 cells.
inline int Blocks(int cols, bool gates) {
  return gates ? RoundUp(cols / 4, kCellsPerBlock) / kCellsPerBlock
               : RoundUp(cols, kBlock) / kBlock;
}

// Bytes of a packed matrix of 8 or 4 bits a weight.
inline size_t PackedSize(int rows, int cols, bool gates = false, int bits = 8) {
  return static_cast<size_t>(Blocks(cols, gates)) * (RoundUp(rows, kGroup) / kGroup) *
         (bits == 4 ? kInt4GroupBytes : kGroupBytes);
}

// The column that output `lane` of block `block` holds, or -1.
inline int ColumnOf(int block, int lane, int cols, bool gates) {
  if (!gates) {
    const int column = block * kBlock + lane;
    return column < cols ? column : -1;
  }
  const int cell = block * kCellsPerBlock + lane % kCellsPerBlock;
  return cell < cols / 4 ? lane / kCellsPerBlock * (cols / 4) + cell : -1;
}

// Where the weight of input `i` of a group lies in its bytes, and where the outputs' scales begin.
constexpr size_t WeightAt(int i, int lane) {
  return static_cast<size_t>((i / 4) * kBlock * 4 + lane * 4 + i % 4);
}
constexpr size_t kScalesAt = kBlock * kGroup;

inline float FromBfloat16(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// A vector in the order of the blocks, filled up with zeros.
std::vector<float> PackVector(const std::vector<float>& values, bool gates);

struct FreeAligned {
  void operator()(void* p) const;
};
using AlignedBytes = std::unique_ptr<uint8_t[], FreeAligned>;
AlignedBytes AllocateAligned(size_t size);  // 64-byte aligned; throws std::bad_alloc

// Asks for pages of 2 MB where the system has them: each step of the recurrence reads 17 MB, more
// pages of 4 KB than the processor keeps addresses of.
void PreferHugePages(const void* data, size_t size);

// A matrix ready for the kernels: a view of the model file, or its own bytes.
class PackedMatrix {
 public:
  PackedMatrix() = default;

  // Views bytes that a file holds packed; copies them if they are not aligned.
  static PackedMatrix View(const char* bytes, int rows, int cols, bool gates, int bits = 8);
  // Packs `rows` rows of fp32 that lie at `bytes` (any alignment), each of `cols` floats.
  // Throws Error with `title` if a weight is not finite.
  static PackedMatrix Quantise(const char* bytes, int rows, int cols, bool gates,
                               std::string_view title, int bits = 8);
  static PackedMatrix Float(const char* bytes, int rows, int cols, bool gates,
                            std::string_view title);

  int rows() const { return rows_; }
  int blocks() const { return blocks_; }
  int groups() const { return groups_; }
  bool is_float() const { return bits_ == 32; }
  int bits() const { return bits_; }  // of a weight: 4, 8 or 32 (fp32)
  const uint8_t* Block(int block) const { return data_ + block * block_bytes_; }
  size_t size() const { return blocks_ * block_bytes_; }

  // The weights of an int8 matrix as fp32 rows of `cols` floats.
  std::vector<float> Dequantise(int cols, bool gates) const;

 private:
  PackedMatrix(int rows, int cols, bool gates, int bits);

  int rows_ = 0, blocks_ = 0, groups_ = 0;
  int bits_ = 8;
  size_t block_bytes_ = 0;
  const uint8_t* data_ = nullptr;
  AlignedBytes own_;
};

}  // namespace ds
#endif  // DS_KERNELS_PACKING_H_
