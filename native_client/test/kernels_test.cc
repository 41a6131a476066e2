// Every instruction set gives the bits of the plain kernels, for every number of frames that a
// caller may hand over and for rows that fill groups, or do not. With an argument it only prints
// the sets of kernels that run here.
#include "kernels/kernels.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/packing.h"

namespace {

int failures = 0;

void Check(bool ok, const char* isa, const std::string& what) {
  if (ok) return;
  std::printf("FAILED: %s: %s\n", isa, what.c_str());
  ++failures;
}

std::vector<float> Random(size_t size, float scale, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(size);
  for (float& v : values) v = normal(random);
  return values;
}

template <typename T>
bool Same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

// What one set of kernels makes of the same inputs.
struct Results {
  std::vector<int8_t> q;
  std::vector<int32_t> offsets;
  std::vector<float> scales, products, products4, largest4, floats, finished, c, h, normed, probs;
};

// A matrix in each of its packed forms.
struct Matrix {
  explicit Matrix(int height)
      : rows(height),
        weights(Random(static_cast<size_t>(rows) * kCols, 0.05f, 1)),
        packed(ds::PackedMatrix::Quantise(Bytes(), rows, kCols, false, "")),
        packed4(ds::PackedMatrix::Quantise(Bytes(), rows, kCols, false, "", 4)),
        floats(ds::PackedMatrix::Float(Bytes(), rows, kCols, false, "")) {}

  const char* Bytes() const { return reinterpret_cast<const char*>(weights.data()); }

  static constexpr int kCols = 72;  // one whole block and a bit
  int rows;
  std::vector<float> weights;
  ds::PackedMatrix packed, packed4, floats;
};

Results Run(const ds::Kernels& k, const Matrix& matrix, int frames) {
  const auto& [rows, weights, packed, packed4, floats] = matrix;
  const int groups = ds::RoundUp(rows, ds::kGroup) / ds::kGroup, width = groups * ds::kGroup;
  std::vector<float> x = Random(static_cast<size_t>(frames) * width, 2.0f, 2);
  x[0] = 0.0f;
  Results r;
  r.q.resize(x.size());
  r.offsets.resize(static_cast<size_t>(frames) * groups);
  for (int f = 0; f < frames; ++f) {
    r.scales.push_back(
        k.quantise(&x[f * width], groups, frames, &r.q[f * ds::kGroup], &r.offsets[f]));
  }
  r.products.resize(2 * frames * ds::kBlock);
  r.products4.resize(2 * frames * ds::kBlock);
  r.floats.resize(2 * frames * ds::kBlock);
  for (int b = 0; b < 2; ++b) {
    k.dot_int8(packed.Block(b), groups, r.q.data(), r.offsets.data(), frames,
               &r.products[b * frames * ds::kBlock]);
    k.dot_int4(packed4.Block(b), groups, r.q.data(), r.offsets.data(), frames,
               &r.products4[b * frames * ds::kBlock]);
    k.dot_float(reinterpret_cast<const float*>(floats.Block(b)), rows, x.data(), width, frames,
                &r.floats[b * frames * ds::kBlock]);
  }
  // The largest sums that 4 bits give.
  const std::vector<float> equal(static_cast<size_t>(rows) * ds::kBlock, 0.5f);
  const auto equal4 = ds::PackedMatrix::Quantise(reinterpret_cast<const char*>(equal.data()), rows,
                                                 ds::kBlock, false, "", 4);
  r.largest4.resize(2 * ds::kBlock);
  for (const int sign : {-1, 1}) {
    const std::vector<int8_t> q(width, static_cast<int8_t>(127 * sign));
    const std::vector<int32_t> offsets(groups, -128 * 64 * 127 * sign);
    k.dot_int4(equal4.Block(0), groups, q.data(), offsets.data(), 1,
               &r.largest4[sign > 0 ? ds::kBlock : 0]);
  }
  const std::vector<float> bias = Random(ds::kBlock, 1.0f, 3);
  r.finished.resize(ds::kBlock);
  k.finish(r.products.data(), r.scales[0], bias.data(), 0.0f, 20.0f, r.finished.data());
  r.c = Random(16, 1.0f, 4);
  r.h.resize(16);
  std::vector<float> gates = Random(ds::kBlock, 4.0f, 5);
  gates[0] = 200.0f;
  gates[17] = -200.0f;
  k.cells(r.products.data(), 0.01f, gates.data(), r.c.data(), r.h.data());
  r.normed = Random(rows, 3.0f, 6);
  k.layer_norm(r.normed.data(), rows, weights.data(), &weights[rows]);
  r.probs = Random(29, 5.0f, 7);
  k.softmax(r.probs.data(), 29);
  return r;
}

void Compare(const Results& got, const Results& expected, const char* isa, const std::string& at) {
  Check(Same(got.q, expected.q) && Same(got.offsets, expected.offsets) &&
            Same(got.scales, expected.scales),
        isa, "quantise" + at);
  Check(Same(got.products, expected.products), isa, "dot_int8" + at);
  Check(Same(got.products4, expected.products4) && Same(got.largest4, expected.largest4), isa,
        "dot_int4" + at);
  Check(Same(got.floats, expected.floats), isa, "dot_float" + at);
  Check(Same(got.finished, expected.finished), isa, "finish" + at);
  Check(Same(got.c, expected.c) && Same(got.h, expected.h), isa, "cells" + at);
  Check(Same(got.normed, expected.normed), isa, "layer_norm" + at);
  Check(Same(got.probs, expected.probs), isa, "softmax" + at);
}

// NaN, infinities and the smallest numbers become bytes in range, whose sum the offset is.
void CheckOddNumbers(const ds::Kernels& k, const char* isa) {
  for (const float odd : {NAN, INFINITY, -INFINITY, 1e-45f, 3.4e38f}) {
    for (const float others : {0.0f, 1.5f, odd}) {
      std::vector<float> x(64, others);
      x[5] = odd;
      std::vector<int8_t> q(64);
      int32_t offset = 0, sum = 0;
      k.quantise(x.data(), 1, 1, q.data(), &offset);
      bool in_range = true;
      for (const int8_t value : q) {
        sum += value;
        in_range = in_range && value >= -127;
      }
      Check(in_range && offset == -128 * sum, isa, "quantise odd numbers");
    }
  }
}

// The plain kernels against double precision.
void CheckPlain() {
  const ds::Kernels& k = *ds::kPlainKernels;
  const std::vector<float> weights = Random(200 * 64, 0.05f, 1), x = Random(256, 1.0f, 2);
  const auto packed =
      ds::PackedMatrix::Quantise(reinterpret_cast<const char*>(weights.data()), 200, 64, false, "");
  const auto packed4 = ds::PackedMatrix::Quantise(reinterpret_cast<const char*>(weights.data()),
                                                  200, 64, false, "", 4);
  std::vector<int8_t> q(256);
  std::vector<int32_t> offsets(4);
  std::vector<float> y(64), y4(64), filled = x;
  std::fill(filled.begin() + 200, filled.end(), 0.0f);
  const float scale = k.quantise(filled.data(), 4, 1, q.data(), offsets.data());
  k.dot_int8(packed.Block(0), 4, q.data(), offsets.data(), 1, y.data());
  k.dot_int4(packed4.Block(0), 4, q.data(), offsets.data(), 1, y4.data());
  double error = 0.0, error4 = 0.0, power = 0.0;
  for (int o = 0; o < 64; ++o) {
    double exact = 0.0;
    for (int i = 0; i < 200; ++i) exact += static_cast<double>(weights[i * 64 + o]) * x[i];
    error += (y[o] * scale - exact) * (y[o] * scale - exact);
    error4 += (y4[o] * scale - exact) * (y4[o] * scale - exact);
    power += exact * exact;
  }
  Check(std::sqrt(error / power) < 0.01, "plain", "int8 product is within 1 % of the exact one");
  Check(std::sqrt(error4 / power) < 0.15, "plain", "int4 product is within 15 % of the exact one");

  for (float z = -30.0f; z < 30.0f; z += 0.01f) {
    std::vector<float> sums(64, 0.0f), gates(64, z), c(16, 0.0f), h(16);
    k.cells(sums.data(), 1.0f, gates.data(), c.data(), h.data());
    const double s = 1 / (1 + std::exp(-static_cast<double>(z)));
    const double cell = s * std::tanh(static_cast<double>(z));
    if (std::fabs(c[0] - cell) > 1e-6 || std::fabs(h[0] - s * std::tanh(cell)) > 1e-6) {
      Check(false, "plain", "gate functions are within 1e-6");
      break;
    }
  }
  std::vector<float> p = {1.0f, 2.0f, -50.0f, 3.0f};
  k.softmax(p.data(), 4);
  Check(std::fabs(p[3] - 0.665240955) < 1e-6 && p[2] < 1e-20f, "plain", "softmax");

  std::vector<float> normed = {1.0f, 2.0f, 3.0f, 6.0f}, gamma(4, 2.0f), beta(4, 0.5f);
  k.layer_norm(normed.data(), 4, gamma.data(), beta.data());
  Check(std::fabs(normed[3] - (0.5 + 2.0 * 3.0 / std::sqrt(3.5))) < 1e-6, "plain", "layer norm");
}

void CheckAll(const std::vector<const ds::Kernels*>& available) {
  CheckPlain();
  for (const ds::Kernels* kernels : available) CheckOddNumbers(*kernels, kernels->name);
  for (const int rows : {1, 63, 64, 100, 256, 494, 2048}) {
    const Matrix matrix(rows);
    const int most_frames = rows <= 256 ? 70 : rows <= 494 ? 23 : 7;  // emulators take their time
    for (int frames = 1; frames <= most_frames; ++frames) {
      const Results expected = Run(*ds::kPlainKernels, matrix, frames);
      for (const ds::Kernels* kernels : available) {
        const std::string at =
            " of " + std::to_string(rows) + " rows, " + std::to_string(frames) + " frames";
        Compare(Run(*kernels, matrix, frames), expected, kernels->name, at);
      }
    }
  }
}

}  // namespace

int main(int argc, char**) {
  const std::vector<const ds::Kernels*> available = ds::AvailableKernels();
  if (argc == 1) CheckAll(available);
  for (const ds::Kernels* kernels : available) std::printf("%s\n", kernels->name);
  return failures == 0 ? 0 : 1;
}
