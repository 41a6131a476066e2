// What JavaScript's objects own: models, and what is fed piece by piece.
//
// JavaScript's thread alone makes and takes them, and ends streams. While a call of another thread
// works with something, `is_busy` says so, and nobody else touches it.
#ifndef DS_JAVASCRIPT_OWNED_H_
#define DS_JAVASCRIPT_OWNED_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "deepspeech.h"

namespace ds {

// Shared by the model's object, by its streams and by running calls: the last one frees it.
using ModelPtr = std::shared_ptr<ModelState>;

// Samples that were copied piece by piece.
using Recording = std::vector<int16_t>;

// A stream, or anything else that is fed and ends; `it` is null once it has ended.
template <typename T, void (*Free)(T*)>
struct Fed {
  Fed(ModelPtr of, T* state) : model(std::move(of)), it(state) {}
  Fed(const Fed&) = delete;
  Fed& operator=(const Fed&) = delete;
  ~Fed() { End(); }

  // Ends it without a result. Neither this nor Finish() leaves the model to JavaScript's collector.
  void End() {
    if (it) Free(std::exchange(it, nullptr));
    model = nullptr;
  }

  // Ends it by a call that returns what it found.
  template <typename Call>
  auto Finish(Call call) {
    const ModelPtr until_done = std::move(model);
    return call(std::exchange(it, nullptr));
  }

  ModelPtr model;
  T* it;
  bool is_busy = false;
  bool is_unwanted = false;  // freed while a call was running, which then ends it
};

using Stream = Fed<StreamingState, DS_FreeStream>;
using Aligning = Fed<AlignStream, DS_FreeAlignStream>;
using Segmenting = Fed<Segmenter, DS_FreeSegmenter>;

}  // namespace ds

#endif  // DS_JAVASCRIPT_OWNED_H_
