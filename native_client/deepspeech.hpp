// The C++ class of 2017 over the C API.
//
//   DeepSpeech::Model model("output_graph.pbmm", 26, 9);
//   char* text = model.stt(samples, n_samples, 16000);   // free(text) when done
//
// Failures throw DeepSpeech::Error; `code()` is one of DS_ERR_* in deepspeech.h. New programs may
// prefer deepspeech.h, which has streams, scorers and metadata; `state()` leads there.
#ifndef DEEPSPEECH_HPP_
#define DEEPSPEECH_HPP_

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "deepspeech.h"

namespace DeepSpeech {

class Error : public std::runtime_error {
 public:
  explicit Error(int code, const std::string& message = DS_LastError())
      : std::runtime_error(message), code_(code) {}
  int code() const { return code_; }

 private:
  int code_;
};

// A copy that is freed with free(), as in 2017.
template <typename T>
T* Copy(const T* from, std::size_t count) {
  T* copy = static_cast<T*>(std::malloc(count * sizeof(T) + 1));
  if (copy == nullptr) throw std::bad_alloc();
  if (count > 0) std::memcpy(copy, from, count * sizeof(T));
  return copy;
}

inline void Check(int code) {
  if (code != DS_ERR_OK) throw Error(code);
}

class Model {
 public:
  // `aNCep` coefficients and `aNContext` context frames must be those of the model.
  Model(const char* aModelPath, int aNCep, int aNContext) {
    ModelState* state = nullptr;
    Check(DS_CreateModel(aModelPath, &state));
    state_.reset(state);
    ModelInfo info = {};
    info.size = sizeof info;
    Check(DS_GetModelInfo(state, &info));
    if (static_cast<int>(info.n_input) != aNCep || static_cast<int>(info.n_context) != aNContext) {
      throw Error(DS_ERR_INVALID_SHAPE, std::string(aModelPath) + " has " +
                                            std::to_string(info.n_input) + " coefficients and " +
                                            std::to_string(info.n_context) +
                                            " context frames, not " + std::to_string(aNCep) +
                                            " and " + std::to_string(aNContext));
    }
  }

  // What the network sees of 16-bit mono samples: *aMfcc is [*aNFrames][*aFrameLen], to be freed
  // with free().
  void getInputVector(const short* aBuffer, unsigned int aBufferSize, int aSampleRate,
                      float** aMfcc, int* aNFrames = nullptr, int* aFrameLen = nullptr) const {
    CheckRate(aSampleRate);
    float* windows = nullptr;
    unsigned int steps = 0, width = 0;
    Check(DS_ComputeFeatures(state(), aBuffer, aBufferSize, &windows, &steps, &width));
    const std::unique_ptr<float, void (*)(float*)> owner(windows, DS_FreeFeatures);
    *aMfcc = Copy(windows, static_cast<std::size_t>(steps) * width);
    if (aNFrames != nullptr) *aNFrames = static_cast<int>(steps);
    if (aFrameLen != nullptr) *aFrameLen = static_cast<int>(width);
  }

  // The transcript of such vectors; free it with free(). `aFrameLen` 0: the model's own.
  char* infer(const float* aMfcc, int aNFrames, int aFrameLen = 0) const {
    if (aNFrames < 0 || aFrameLen < 0) {
      throw Error(DS_ERR_INVALID_SHAPE, "aNFrames and aFrameLen must not be negative");
    }
    if (aFrameLen == 0) {
      ModelInfo info = {};
      info.size = sizeof info;
      Check(DS_GetModelInfo(state(), &info));
      aFrameLen = static_cast<int>(info.n_input * (2 * info.n_context + 1));
    }
    char* text = nullptr;
    Check(DS_InferFeatures(state(), aMfcc, static_cast<unsigned int>(aNFrames),
                           static_cast<unsigned int>(aFrameLen), &text));
    return Take(text);
  }

  // The transcript of 16-bit mono samples; free it with free().
  char* stt(const short* aBuffer, unsigned int aBufferSize, int aSampleRate) const {
    CheckRate(aSampleRate);
    char* text = DS_SpeechToText(state(), aBuffer, aBufferSize);
    if (text == nullptr) throw Error(DS_ERR_FAIL_RUN_SESS);
    return Take(text);
  }

  // Writes only what a grammar allows from now on: a text, or the path of a file; see
  // DS_EnableGrammar.
  void enableGrammar(const std::string& aGrammar) {
    Check(DS_EnableGrammar(state(), aGrammar.c_str()));
  }
  void disableGrammar() { Check(DS_DisableGrammar(state())); }

  // For the functions of deepspeech.h.
  ModelState* state() const { return state_.get(); }

 private:
  void CheckRate(int rate) const {
    const int own = DS_GetModelSampleRate(state());
    if (rate != own) {
      throw Error(DS_ERR_MODEL_INCOMPATIBLE, "the audio has " + std::to_string(rate) +
                                                 " Hz: this model expects " + std::to_string(own) +
                                                 " Hz");
    }
  }

  static char* Take(char* text) {
    const std::unique_ptr<char, void (*)(char*)> owner(text, DS_FreeString);
    return Copy(text, std::strlen(text) + 1);
  }

  std::unique_ptr<ModelState, void (*)(ModelState*)> state_{nullptr, DS_FreeModel};
};

// The features of 2017, without a model; free *aMfcc with free().
inline void audioToInputVector(const short* aBuffer, unsigned int aBufferSize, int aSampleRate,
                               int aNCep, int aNContext, float** aMfcc, int* aNFrames = nullptr,
                               int* aFrameLen = nullptr) {
  float* windows = nullptr;
  unsigned int steps = 0, width = 0;
  Check(DS_AudioToInputVector(aBuffer, aBufferSize, aSampleRate, aNCep, aNContext, &windows, &steps,
                              &width));
  const std::unique_ptr<float, void (*)(float*)> owner(windows, DS_FreeFeatures);
  *aMfcc = Copy(windows, static_cast<std::size_t>(steps) * width);
  if (aNFrames != nullptr) *aNFrames = static_cast<int>(steps);
  if (aFrameLen != nullptr) *aFrameLen = static_cast<int>(width);
}

}  // namespace DeepSpeech

#endif  // DEEPSPEECH_HPP_
