#include "kernels/packing.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "base/error.h"
#include "base/interrupt.h"

namespace ds {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23: adding it rounds to the nearest integer

// The smallest bfloat16 that is not below a positive float.
uint16_t Bfloat16Above(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<uint16_t>((bits + 0xffff) >> 16);
}

void CheckFinite(const float* values, int count, std::string_view title) {
  for (int i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(DS_ERR_MODEL_INCOMPATIBLE,
                  std::string(title) + " of the model has a weight that is not a finite number");
    }
  }
}

// One block x one group: 64 outputs of `inputs` (at most 64) rows; rows are `cols` floats.
void QuantiseGroup8(const std::vector<float>& rows, int inputs, int cols, bool gates, int block,
                    uint8_t* out) {
  for (int lane = 0; lane < kBlock; ++lane) {
    const int column = ColumnOf(block, lane, cols, gates);
    float largest = 0.0f;
    if (column >= 0) {
      for (int i = 0; i < inputs; ++i) {
        largest = std::fmax(largest, std::fabs(rows[static_cast<size_t>(i) * cols + column]));
      }
    }
    const uint16_t half = Bfloat16Above(largest / 127.0f);
    const float scale = FromBfloat16(half);
    std::memcpy(out + kScalesAt + lane * sizeof half, &half, sizeof half);
    for (int i = 0; i < kGroup; ++i) {
      int quantised = 0;
      if (column >= 0 && i < inputs && scale > 0.0f) {
        const float steps = rows[static_cast<size_t>(i) * cols + column] / scale;
        quantised = static_cast<int>((steps + kRounder) - kRounder);
      }
      out[WeightAt(i, lane)] = static_cast<uint8_t>(quantised + 128);
    }
  }
}

int Round4(float weight, float scale) {
  const float steps = (weight / scale + kRounder) - kRounder;
  return static_cast<int>(std::fmin(std::fmax(steps, -8.0f), 7.0f));
}

// The scale of the least squared error: cutting off the largest weights leaves the others more
// exact.
uint16_t BestScale4(const float* weights, int count) {
  float largest = 0.0f;
  for (int i = 0; i < count; ++i) largest = std::fmax(largest, std::fabs(weights[i]));
  uint16_t best = Bfloat16Above(largest / 7.0f);
  float least = std::numeric_limits<float>::infinity();
  for (int tenths = 100; tenths >= 60; tenths -= 4) {
    const uint16_t half = Bfloat16Above(largest / 7.0f * (tenths * 0.01f));
    const float scale = FromBfloat16(half);
    float error = 0.0f;
    for (int i = 0; i < count && scale > 0.0f; ++i) {
      const float off = weights[i] - static_cast<float>(Round4(weights[i], scale)) * scale;
      error = error + off * off;
    }
    if (error < least) {
      least = error;
      best = half;
    }
  }
  return best;
}

// The same in 4 bits.
void QuantiseGroup4(const std::vector<float>& rows, int inputs, int cols, bool gates, int block,
                    uint8_t* out) {
  for (int lane = 0; lane < kBlock; ++lane) {
    const int column = ColumnOf(block, lane, cols, gates);
    float weights[kGroup] = {};
    for (int i = 0; i < inputs && column >= 0; ++i) {
      weights[i] = rows[static_cast<size_t>(i) * cols + column];
    }
    const uint16_t half = BestScale4(weights, kGroup);
    const float scale = FromBfloat16(half);
    std::memcpy(out + kBlock * kGroup / 2 + lane * sizeof half, &half, sizeof half);
    for (int pair = 0; pair < kGroup / 8; ++pair) {
      for (int i = 0; i < 4; ++i) {
        const float* first = weights + pair * 8 + i;
        const int low = scale > 0.0f ? Round4(first[0], scale) : 0;
        const int high = scale > 0.0f ? Round4(first[4], scale) : 0;
        out[WeightAt(pair * 4 + i, lane)] = static_cast<uint8_t>((low + 8) | (high + 8) << 4);
      }
    }
  }
}

}  // namespace

void FreeAligned::operator()(void* p) const { std::free(p); }

AlignedBytes AllocateAligned(size_t size) {
  const size_t alignment = size < kHugePage ? 64 : kHugePage;
  void* data = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (data == nullptr) throw std::bad_alloc();
  if (alignment == kHugePage) PreferHugePages(data, size);
  return AlignedBytes(static_cast<uint8_t*>(data));
}

void PreferHugePages([[maybe_unused]] const void* data, [[maybe_unused]] size_t size) {
#if defined(MADV_HUGEPAGE)
  // A wish: without it all works, more slowly.
  madvise(const_cast<void*>(data), size, MADV_HUGEPAGE);
#endif
}

std::vector<float> PackVector(const std::vector<float>& values, bool gates) {
  const int cols = static_cast<int>(values.size());
  std::vector<float> packed(static_cast<size_t>(Blocks(cols, gates)) * kBlock, 0.0f);
  for (size_t i = 0; i < packed.size(); ++i) {
    const int column = ColumnOf(static_cast<int>(i) / kBlock, i % kBlock, cols, gates);
    if (column >= 0) packed[i] = values[column];
  }
  return packed;
}

PackedMatrix::PackedMatrix(int rows, int cols, bool gates, int bits)
    : rows_(rows),
      blocks_(Blocks(cols, gates)),
      groups_(RoundUp(rows, kGroup) / kGroup),
      bits_(bits),
      block_bytes_(bits == 32 ? static_cast<size_t>(rows) * kBlock * sizeof(float)
                              : groups_ * (bits == 4 ? kInt4GroupBytes : kGroupBytes)) {}

PackedMatrix PackedMatrix::View(const char* bytes, int rows, int cols, bool gates, int bits) {
  PackedMatrix matrix(rows, cols, gates, bits);
  if (reinterpret_cast<uintptr_t>(bytes) % 64 == 0) {
    matrix.data_ = reinterpret_cast<const uint8_t*>(bytes);
  } else {
    matrix.own_ = AllocateAligned(matrix.size());
    std::memcpy(matrix.own_.get(), bytes, matrix.size());
    matrix.data_ = matrix.own_.get();
  }
  return matrix;
}

PackedMatrix PackedMatrix::Quantise(const char* bytes, int rows, int cols, bool gates,
                                    std::string_view title, int bits) {
  PackedMatrix matrix(rows, cols, gates, bits);
  matrix.own_ = AllocateAligned(matrix.size());
  matrix.data_ = matrix.own_.get();
  std::vector<float> group(static_cast<size_t>(kGroup) * cols);
  for (int g = 0; g < matrix.groups_; ++g) {
    const int inputs = std::min(kGroup, rows - g * kGroup);
    const size_t row_bytes = static_cast<size_t>(cols) * sizeof(float);
    std::memcpy(group.data(), bytes + g * kGroup * row_bytes, inputs * row_bytes);
    CheckFinite(group.data(), inputs * cols, title);
    for (int b = 0; b < matrix.blocks_; ++b) {
      CheckInterrupt();
      uint8_t* out = matrix.own_.get() + b * matrix.block_bytes_;
      if (bits == 4) {
        QuantiseGroup4(group, inputs, cols, gates, b, out + g * kInt4GroupBytes);
      } else {
        QuantiseGroup8(group, inputs, cols, gates, b, out + g * kGroupBytes);
      }
    }
  }
  return matrix;
}

PackedMatrix PackedMatrix::Float(const char* bytes, int rows, int cols, bool gates,
                                 std::string_view title) {
  PackedMatrix matrix(rows, cols, gates, 32);
  matrix.own_ = AllocateAligned(matrix.size());
  matrix.data_ = matrix.own_.get();
  std::vector<float> row(cols);
  for (int i = 0; i < rows; ++i) {
    CheckInterrupt();
    std::memcpy(row.data(), bytes + static_cast<size_t>(i) * cols * sizeof(float),
                cols * sizeof(float));
    CheckFinite(row.data(), cols, title);
    const std::vector<float> packed = PackVector(row, gates);
    for (int b = 0; b < matrix.blocks_; ++b) {
      std::memcpy(matrix.own_.get() + b * matrix.block_bytes_ +
                      static_cast<size_t>(i) * kBlock * sizeof(float),
                  packed.data() + b * kBlock, kBlock * sizeof(float));
    }
  }
  return matrix;
}

std::vector<float> PackedMatrix::Dequantise(int cols, bool gates) const {
  std::vector<float> weights(static_cast<size_t>(rows_) * cols);
  for (int b = 0; b < blocks_; ++b) {
    CheckInterrupt();
    for (int row = 0; row < rows_; ++row) {
      const uint8_t* group = Block(b) + row / kGroup * kGroupBytes;
      for (int lane = 0; lane < kBlock; ++lane) {
        const int column = ColumnOf(b, lane, cols, gates);
        if (column < 0) continue;
        uint16_t half;
        std::memcpy(&half, group + kScalesAt + lane * sizeof half, sizeof half);
        const int steps = group[WeightAt(row % kGroup, lane)] - 128;
        weights[static_cast<size_t>(row) * cols + column] =
            static_cast<float>(steps) * FromBfloat16(half);
      }
    }
  }
  return weights;
}

}  // namespace ds
