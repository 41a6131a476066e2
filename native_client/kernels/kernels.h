// The inner loops, once per instruction set; the best that the processor has is chosen at start.
//
// All give the same bits: integer products are exact, and every float operation is a single
// multiplication, addition or division in an order that does not depend on the width of the
// registers (no fused multiply-add).
#ifndef DS_KERNELS_KERNELS_H_
#define DS_KERNELS_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ds {

struct Kernels {
  const char* name;

  // Quantises `groups` groups of 64 floats: q = round(x * 127 / max|x|), in -127..127. Returns the
  // scale max|x| / 127; a group's offset = -128 * (sum of its q) undoes the + 128 of packed
  // weights. Group g goes to q + g * frames * 64 and offsets + g * frames: the same group of all
  // frames together.
  float (*quantise)(const float* x, int groups, int frames, int8_t* q, int32_t* offsets);

  // out[f][o] = sum over groups of scale[group][o] * (integer product), for the 64 outputs of one
  // packed block. q is [groups][frames][64], offsets [groups][frames], out [frames][64].
  void (*dot_int8)(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets,
                   int frames, float* out);

  // The same for a block of 4 bits a weight.
  void (*dot_int4)(const uint8_t* block, int groups, const int8_t* q, const int32_t* offsets,
                   int frames, float* out);

  // out[f][o] = sum over rows of x[f * stride + row] * block[row][o].
  void (*dot_float)(const float* block, int rows, const float* x, size_t stride, int frames,
                    float* out);

  // y[o] = min(max(sums[o] * scale + bias[o], low), high), 64 outputs.
  void (*finish)(const float* sums, float scale, const float* bias, float low, float high,
                 float* y);

  // One step of 16 cells: gates z = recurrent * scale + input (64 each: i, ci, f, o);
  // c = c * sigmoid(f) + sigmoid(i) * tanh(ci), h = sigmoid(o) * tanh(c).
  void (*cells)(const float* recurrent, float scale, const float* input, float* c, float* h);

  // y = gamma * (x - mean) / sqrt(variance + 1e-12) + beta over `count` values, in place.
  void (*layer_norm)(float* x, int count, const float* gamma, const float* beta);

  // x -> exp(x - max) / sum, in place.
  void (*softmax)(float* x, int count);
};

// The kernels of this processor, slowest first; the last one is used unless the environment
// variable DEEPSPEECH_ISA names another.
std::vector<const Kernels*> AvailableKernels();

// Throws Error if DEEPSPEECH_ISA names kernels that this processor or program does not have.
const Kernels& ChooseKernels();

// One translation unit each; null where it was compiled for another processor.
extern const Kernels* const kPlainKernels;
extern const Kernels* const kSseKernels;
extern const Kernels* const kAvx2Kernels;
extern const Kernels* const kAvxVnniKernels;
extern const Kernels* const kAvx512VnniKernels;
extern const Kernels* const kAmxKernels;
extern const Kernels* const kNeonKernels;
extern const Kernels* const kNeonDotKernels;
extern const Kernels* const kWasmKernels;

}  // namespace ds
#endif  // DS_KERNELS_KERNELS_H_
