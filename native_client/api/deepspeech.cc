// The C API: exceptions inside, codes at the edge.
#include "deepspeech.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "api/guard.h"
#include "api/model_state.h"
#include "api/results.h"
#include "api/sample_stream.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "decoder/ctc_decoder.h"
#include "decoder/letters.h"
#include "engine/engine.h"
#include "features/features.h"
#include "model/open_model.h"
#include "model/pack_model.h"
#include "scorer/scorer.h"
#include "segment/endpointer.h"

namespace ds {
namespace {

char* CopyString(const std::string& text) {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

}  // namespace
}  // namespace ds

struct StreamingState : ds::SampleStream {
  explicit StreamingState(const ModelState& model)
      : SampleStream(model.core),
        options(model.options),
        scorer(model.scorer),
        decoder(core->alphabet, options, scorer) {}

  // Has a stream that was not fed yet follow a grammar, or none.
  void Use(std::shared_ptr<const ds::Grammar> grammar) {
    if (samples_fed > 0) {
      throw ds::Error("the stream was fed already: set its grammar before the first samples");
    }
    options.grammar = std::move(grammar);
    decoder = ds::Decoder(core->alphabet, options, scorer);
  }

  ds::ProbSink SinkTo(ds::Decoder* to) const {
    return [this, to](const float* probs, int count) { to->Step(probs, count, classes()); };
  }
  void Feed(const short* samples, size_t count) {
    static_assert(sizeof(short) == 2, "samples have 16 bits");
    fed.Run([&] {
      samples_fed += count;
      if (endpointer) endpointer->Feed(samples, count);
      acoustics.Feed(samples, count, [this](const float* probs, int steps) {
        decoder.Step(probs, steps, classes());
        steps_read += steps;
        if (endpointer && acoustics.runs_early()) {
          endpointer->Read(probs, steps, classes(), space, core->step_seconds);
        }
      });
    });
  }
  // Looks for ends of speech from now on, which costs a small network some of its speed.
  void Listen(const ds::EndpointTimes& times) {
    const int rate = core->engine.network().features.sample_rate;
    endpointer = std::make_unique<ds::Endpointer>(
        rate, times, static_cast<double>(samples_fed) / rate,
        static_cast<double>(steps_read) * static_cast<double>(core->step_seconds));
    space = core->alphabet.bytes_output ? ' ' - 1 : core->alphabet.space();
  }
  void Finish() { acoustics.Finish(SinkTo(&decoder)); }
  // Results so far; `all`: with what is not settled yet, which changes nothing for what comes.
  std::vector<ds::Output> Peek(unsigned count, bool all) const {
    if (!all && acoustics.runs_early()) return decoder.DecodeSoFar(count);
    ds::AcousticStream rest = acoustics;
    ds::Decoder so_far = decoder.Fork();
    rest.Finish(SinkTo(&so_far));
    return so_far.DecodeSoFar(count);
  }
  std::string Text(const std::vector<ds::Output>& outputs) const {
    return outputs.empty() ? "" : ds::ReadableText(outputs[0], core->alphabet);
  }

  ds::DecoderOptions options;
  std::shared_ptr<const ds::Scorer> scorer;
  ds::Decoder decoder;
  std::unique_ptr<ds::Endpointer> endpointer;  // of streams that are asked
  int space = -1;                              // the label that says as little as the blank does
  size_t samples_fed = 0, steps_read = 0;
};

namespace ds {
namespace {

int CreateModel(std::unique_ptr<ModelFile> file, const ModelOptions* options, ModelState** retval) {
  EngineOptions engine_options;
  if (options != nullptr) {
    if (options->size < sizeof(ModelOptions)) {
      throw Error(DS_ERR_FAIL_CREATE_MODEL,
                  "ModelOptions.size is " + std::to_string(options->size) + ", expected " +
                      std::to_string(sizeof(ModelOptions)) + ": set it to its sizeof");
    }
    engine_options.fp32 = options->fp32 != 0;
    engine_options.threads = options->threads;
  }
  auto model = std::make_unique<ModelState>();
  model->core = std::make_shared<const Core>(std::move(file), engine_options);
  model->options.beam_width = model->core->engine.network().beam_width;
  *retval = model.release();
  return DS_ERR_OK;
}

// Has the model use a scorer from now on. One that cannot be opened has one code, as in 0.9.3; the
// message says why.
template <typename... From>
int UseScorer(ModelState* model, From&&... from) {
  std::shared_ptr<const Scorer> scorer;
  try {
    scorer = std::make_shared<const Scorer>(std::forward<From>(from)..., model->core->alphabet);
  } catch (const Error& e) {
    throw Error(DS_ERR_INVALID_SCORER, e.what());
  }
  const std::lock_guard<std::mutex> lock(model->mutex);
  model->scorer = std::move(scorer);
  return DS_ERR_OK;
}

std::shared_ptr<const Grammar> MakeGrammar(const Core& core, const char* text_or_path) {
  if (text_or_path == nullptr) throw Error("the grammar is NULL");
  return std::make_shared<const Grammar>(text_or_path, core.alphabet);
}

char* TextOf(const StreamingState& stream, const std::vector<Output>& outputs) {
  return CopyString(stream.Text(outputs));
}

Metadata* MetadataOf(const StreamingState& stream, const std::vector<Output>& outputs) {
  auto block =
      std::make_unique<MetadataBlock>(outputs, stream.core->alphabet, stream.core->step_seconds);
  return &block.release()->metadata;  // DS_FreeMetadata takes it from there
}

std::unique_ptr<StreamingState> NewStream(const ModelState* model) {
  if (model == nullptr) throw Error(DS_ERR_NO_MODEL, "the model is NULL");
  const std::lock_guard<std::mutex> lock(model->mutex);
  return std::make_unique<StreamingState>(*model);
}

std::unique_ptr<StreamingState> Transcribe(const ModelState* model, const short* samples,
                                           unsigned count) {
  if (samples == nullptr && count > 0) throw Error(DS_ERR_FAIL_RUN_SESS, "the samples are NULL");
  auto stream = NewStream(model);
  stream->Feed(samples, count);
  stream->Finish();
  return stream;
}

// The windows of an utterance, allocated with malloc.
int GiveWindows(const FeatureExtractor& extractor, int n_context, const short* samples,
                unsigned count, float** windows, unsigned* num_steps, unsigned* width) {
  if (samples == nullptr && count > 0) throw Error("the samples are NULL");
  size_t steps = 0;
  const std::vector<float> rows = UtteranceRows(extractor, n_context, samples, count, &steps);
  const size_t size = static_cast<size_t>(2 * n_context + 1) * extractor.n_input();
  auto* copy = static_cast<float*>(std::malloc(std::max<size_t>(1, steps * size) * sizeof(float)));
  if (copy == nullptr) throw std::bad_alloc();
  for (size_t t = 0; t < steps; ++t) {
    std::memcpy(copy + t * size, rows.data() + t * extractor.n_input(), size * sizeof(float));
  }
  *windows = copy;
  *num_steps = static_cast<unsigned>(steps);
  *width = static_cast<unsigned>(size);
  return DS_ERR_OK;
}

// Where all is that belongs to a transcript.
const MetadataBlock& RequireTranscript(const Metadata* metadata, unsigned transcript) {
  if (metadata == nullptr) throw Error("the metadata is NULL");
  if (transcript >= metadata->num_transcripts) {
    throw Error("transcript " + std::to_string(transcript) + " of " +
                std::to_string(metadata->num_transcripts) + ": they are numbered from 0");
  }
  return *reinterpret_cast<const MetadataBlock*>(metadata);
}

void RequireStream(const StreamingState* stream) {
  if (stream == nullptr) throw Error(DS_ERR_FAIL_CREATE_STREAM, "the stream is NULL");
  stream->fed.Require();
}

}  // namespace
}  // namespace ds

using ds::Guard;
using ds::OrNull;

// ---- models ----

int DS_CreateModel(const char* aModelPath, ModelState** retval) {
  return DS_CreateModelWithOptions(aModelPath, nullptr, retval);
}

int DS_CreateModelWithOptions(const char* aModelPath, const ModelOptions* aOptions,
                              ModelState** retval) {
  return Guard(DS_ERR_FAIL_CREATE_MODEL, [&] {
    ds::RequirePlaces(retval);
    *retval = nullptr;
    if (aModelPath == nullptr || *aModelPath == '\0') {
      throw ds::Error(DS_ERR_NO_MODEL, "give the path of a model");
    }
    return ds::CreateModel(ds::OpenModel(aModelPath), aOptions, retval);
  });
}

int DS_CreateModelFromBuffer(const char* aModelBuffer, unsigned int aBufferSize,
                             ModelState** retval) {
  return Guard(DS_ERR_FAIL_CREATE_MODEL, [&] {
    ds::RequirePlaces(retval);
    *retval = nullptr;
    return ds::CreateModel(ds::ModelFromMemory(aModelBuffer, aBufferSize), nullptr, retval);
  });
}

int DS_PackModel(const char* aModelPath, const char* aPackedPath) {
  return DS_PackModelWithBits(aModelPath, aPackedPath, 8);
}

int DS_PackModelWithBits(const char* aModelPath, const char* aPackedPath,
                         unsigned int aRecurrentBits) {
  return Guard(DS_ERR_FAIL_CREATE_MODEL, [&] {
    if (aModelPath == nullptr || *aModelPath == '\0' || aPackedPath == nullptr ||
        *aPackedPath == '\0') {
      throw ds::Error(DS_ERR_NO_MODEL, "give the paths of a model and of its packed copy");
    }
    if (aRecurrentBits != 8 && aRecurrentBits != 4) {
      throw ds::Error(
          DS_ERR_FAIL_CREATE_MODEL,
          "recurrent weights of " + std::to_string(aRecurrentBits) + " bits: use 8 or 4");
    }
    ds::PackModelFile(aModelPath, aPackedPath, static_cast<int>(aRecurrentBits));
    return DS_ERR_OK;
  });
}

void DS_FreeModel(ModelState* ctx) { delete ctx; }

unsigned int DS_GetModelBeamWidth(const ModelState* aCtx) {
  return ds::OrZero<unsigned int>([&] {
    ds::RequireModel(aCtx);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    return static_cast<unsigned>(aCtx->options.beam_width);
  });
}

int DS_SetModelBeamWidth(ModelState* aCtx, unsigned int aBeamWidth) {
  return Guard(DS_ERR_FAIL_CREATE_MODEL, [&] {
    ds::RequireModel(aCtx);
    if (aBeamWidth < 1 || aBeamWidth > 1000000) {
      throw ds::Error(DS_ERR_FAIL_CREATE_MODEL, "beam width " + std::to_string(aBeamWidth) +
                                                    " is out of range: use 1 to 1000000");
    }
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    aCtx->options.beam_width = aBeamWidth;
    return DS_ERR_OK;
  });
}

int DS_GetModelSampleRate(const ModelState* aCtx) {
  return ds::OrZero<int>([&] {
    ds::RequireModel(aCtx);
    return aCtx->core->engine.network().features.sample_rate;
  });
}

int DS_GetModelInfo(const ModelState* aCtx, ModelInfo* aInfo) {
  return Guard(DS_ERR_FAIL_CREATE_MODEL, [&] {
    ds::RequireModel(aCtx);
    if (aInfo == nullptr || aInfo->size < sizeof(ModelInfo)) {
      throw ds::Error(DS_ERR_FAIL_CREATE_MODEL,
                      "ModelInfo.size is too small: set it to its "
                      "sizeof before the call");
    }
    const ds::Core& core = *aCtx->core;
    const ds::Network& network = core.engine.network();
    *aInfo = ModelInfo{};
    aInfo->size = sizeof(ModelInfo);
    aInfo->language = network.language.c_str();
    aInfo->version = network.version_string.c_str();
    aInfo->feature_type = network.features.is_2017 ? "2017" : "0.9.3";
    aInfo->labels = core.label_texts.data();
    aInfo->num_labels = static_cast<unsigned>(core.label_texts.size());
    aInfo->bytes_output = core.alphabet.bytes_output;
    aInfo->sample_rate = network.features.sample_rate;
    aInfo->n_hidden = network.n_hidden;
    aInfo->n_input = network.features.n_input;
    aInfo->n_context = network.n_context;
    aInfo->bidirectional = network.bidirectional;
    aInfo->layer_norm = !network.layer1.gamma.empty();
    aInfo->step_seconds = core.step_seconds;
    aInfo->precision = core.engine.fp32() ? "fp32" : "int8";
    aInfo->instruction_set = core.engine.isa();
    aInfo->threads = core.engine.threads();
    return DS_ERR_OK;
  });
}

// ---- language model and hot words ----

int DS_EnableExternalScorer(ModelState* aCtx, const char* aScorerPath) {
  return Guard(DS_ERR_INVALID_SCORER, [&] {
    ds::RequireModel(aCtx);
    if (aScorerPath == nullptr) {
      throw ds::Error(DS_ERR_INVALID_SCORER, "the scorer's path is NULL");
    }
    return ds::UseScorer(aCtx, aScorerPath);
  });
}

int DS_EnableExternalScorerFromBuffer(ModelState* aCtx, const char* aScorerBuffer,
                                      unsigned int aBufferSize) {
  return Guard(DS_ERR_INVALID_SCORER, [&] {
    ds::RequireModel(aCtx);
    if (aScorerBuffer == nullptr || aBufferSize == 0) {
      throw ds::Error(DS_ERR_INVALID_SCORER, "the scorer's buffer is empty");
    }
    std::shared_ptr<uint8_t[]> bytes = ds::AllocateAligned(aBufferSize);
    std::memcpy(bytes.get(), aScorerBuffer, aBufferSize);
    return ds::UseScorer(aCtx, std::shared_ptr<const void>(bytes, bytes.get()), aBufferSize);
  });
}

int DS_DisableExternalScorer(ModelState* aCtx) {
  return Guard(DS_ERR_SCORER_NOT_ENABLED, [&] {
    ds::RequireModel(aCtx);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    aCtx->RequireScorer();
    aCtx->scorer.reset();
    return DS_ERR_OK;
  });
}

int DS_SetScorerAlphaBeta(ModelState* aCtx, float aAlpha, float aBeta) {
  return Guard(DS_ERR_INVALID_SCORER, [&] {
    ds::RequireModel(aCtx);
    if (!std::isfinite(aAlpha) || !std::isfinite(aBeta)) {
      throw ds::Error(DS_ERR_INVALID_SCORER, "alpha and beta must be finite numbers");
    }
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    // Streams at work keep theirs.
    auto scorer = std::make_shared<ds::Scorer>(*aCtx->RequireScorer());
    scorer->SetWeights(aAlpha, aBeta);
    aCtx->scorer = std::move(scorer);
    return DS_ERR_OK;
  });
}

int DS_AddHotWord(ModelState* aCtx, const char* word, float boost) {
  return Guard(DS_ERR_FAIL_INSERT_HOTWORD, [&] {
    ds::RequireModel(aCtx);
    if (word == nullptr) throw ds::Error("the hot word is NULL");
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    ds::DecoderOptions options = aCtx->options;
    if (aCtx->unspellable.count(word) || !options.hot_words.emplace(word, boost).second) {
      throw ds::Error("hot word '" + std::string(word) + "' was added already: erase it first");
    }
    ds::DecoderOptions trial = options;
    trial.beam_width = 1;
    try {
      ds::Decoder(aCtx->core->alphabet, trial, aCtx->scorer);
      aCtx->options = std::move(options);
    } catch (const ds::UnspellableWord& e) {  // 0.9.3 takes any word
      aCtx->unspellable.insert(word);
      ds::LastError().Set((std::string(e.what()) + ": it has no effect").c_str());
    }
    return DS_ERR_OK;
  });
}

int DS_EraseHotWord(ModelState* aCtx, const char* word) {
  return Guard(DS_ERR_FAIL_ERASE_HOTWORD, [&] {
    ds::RequireModel(aCtx);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    if (word == nullptr ||
        aCtx->options.hot_words.erase(word) + aCtx->unspellable.erase(word) == 0) {
      throw ds::Error("hot word '" + std::string(word == nullptr ? "" : word) +
                      "' cannot be erased: it was not added");
    }
    return DS_ERR_OK;
  });
}

int DS_ClearHotWords(ModelState* aCtx) {
  return Guard(DS_ERR_FAIL_CLEAR_HOTWORD, [&] {
    ds::RequireModel(aCtx);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    aCtx->options.hot_words.clear();
    aCtx->unspellable.clear();
    return DS_ERR_OK;
  });
}

// ---- grammars ----

int DS_EnableGrammar(ModelState* aCtx, const char* aGrammar) {
  return Guard(DS_ERR_INVALID_GRAMMAR, [&] {
    ds::RequireModel(aCtx);
    auto grammar = ds::MakeGrammar(*aCtx->core, aGrammar);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    aCtx->options.grammar = std::move(grammar);
    return DS_ERR_OK;
  });
}

int DS_DisableGrammar(ModelState* aCtx) {
  return Guard(DS_ERR_INVALID_GRAMMAR, [&] {
    ds::RequireModel(aCtx);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    if (!aCtx->options.grammar) throw ds::Error("no grammar is enabled");
    aCtx->options.grammar = nullptr;
    return DS_ERR_OK;
  });
}

int DS_EnableStreamGrammar(StreamingState* aSctx, const char* aGrammar) {
  return Guard(DS_ERR_INVALID_GRAMMAR, [&] {
    ds::RequireStream(aSctx);
    aSctx->Use(ds::MakeGrammar(*aSctx->core, aGrammar));
    return DS_ERR_OK;
  });
}

int DS_DisableStreamGrammar(StreamingState* aSctx) {
  return Guard(DS_ERR_INVALID_GRAMMAR, [&] {
    ds::RequireStream(aSctx);
    aSctx->Use(nullptr);
    return DS_ERR_OK;
  });
}

int DS_PackGrammar(const ModelState* aCtx, const char* aGrammar, const char* aPackedPath) {
  return Guard(DS_ERR_INVALID_GRAMMAR, [&] {
    ds::RequireModel(aCtx);
    if (aPackedPath == nullptr || *aPackedPath == '\0') {
      throw ds::Error("give the path of the packed file");
    }
    ds::MakeGrammar(*aCtx->core, aGrammar)->Save(aPackedPath);
    return DS_ERR_OK;
  });
}

// ---- interruption ----

void DS_SetInterrupt(int (*aStop)(void* aUser), void* aUser) { ds::SetInterrupt(aStop, aUser); }

// ---- whole utterances ----

char* DS_SpeechToText(ModelState* aCtx, const short* aBuffer, unsigned int aBufferSize) {
  return OrNull([&] {
    const auto stream = ds::Transcribe(aCtx, aBuffer, aBufferSize);
    return ds::TextOf(*stream, stream->decoder.Decode(1));
  });
}

Metadata* DS_SpeechToTextWithMetadata(ModelState* aCtx, const short* aBuffer,
                                      unsigned int aBufferSize, unsigned int aNumResults) {
  return OrNull([&] {
    const auto stream = ds::Transcribe(aCtx, aBuffer, aBufferSize);
    return ds::MetadataOf(*stream, stream->decoder.Decode(aNumResults));
  });
}

Metadata* DS_SpeechToTextWithEmissions(ModelState* aCtx, const short* aBuffer,
                                       unsigned int aBufferSize, unsigned int aNumResults) {
  return OrNull([&] {
    if (aBuffer == nullptr && aBufferSize > 0) throw ds::Error("the samples are NULL");
    const auto stream = ds::NewStream(aCtx);
    std::vector<double> probs;
    const auto sink = [&](const float* rows, int count) {
      const int classes = stream->core->engine.network().n_classes();
      probs.insert(probs.end(), rows, rows + static_cast<size_t>(count) * classes);
      if (aNumResults > 0) stream->decoder.Step(rows, count, classes);
    };
    stream->acoustics.Feed(aBuffer, aBufferSize, sink);
    stream->acoustics.Finish(sink);
    const auto outputs = stream->decoder.Decode(aNumResults);
    return &std::make_unique<ds::MetadataBlock>(outputs, stream->core->alphabet,
                                                stream->core->step_seconds, std::move(probs))
                .release()
                ->metadata;
  });
}

// ---- streams ----

int DS_CreateStream(ModelState* aCtx, StreamingState** retval) {
  return Guard(DS_ERR_FAIL_CREATE_STREAM, [&] {
    ds::RequirePlaces(retval);
    *retval = nullptr;
    *retval = ds::NewStream(aCtx).release();
    return DS_ERR_OK;
  });
}

void DS_FeedAudioContent(StreamingState* aSctx, const short* aBuffer, unsigned int aBufferSize) {
  Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequireStream(aSctx);
    if (aBuffer != nullptr) aSctx->Feed(aBuffer, aBufferSize);
    return DS_ERR_OK;
  });
}

char* DS_IntermediateDecode(const StreamingState* aSctx) {
  return OrNull([&] {
    ds::RequireStream(aSctx);
    return ds::TextOf(*aSctx, aSctx->Peek(1, false));
  });
}

Metadata* DS_IntermediateDecodeWithMetadata(const StreamingState* aSctx, unsigned int aNumResults) {
  return OrNull([&] {
    ds::RequireStream(aSctx);
    return ds::MetadataOf(*aSctx, aSctx->Peek(aNumResults, false));
  });
}

char* DS_IntermediateDecodeFlushBuffers(StreamingState* aSctx) {
  return OrNull([&] {
    ds::RequireStream(aSctx);
    return ds::TextOf(*aSctx, aSctx->Peek(1, true));
  });
}

Metadata* DS_IntermediateDecodeWithMetadataFlushBuffers(StreamingState* aSctx,
                                                        unsigned int aNumResults) {
  return OrNull([&] {
    ds::RequireStream(aSctx);
    return ds::MetadataOf(*aSctx, aSctx->Peek(aNumResults, true));
  });
}

char* DS_FinishStream(StreamingState* aSctx) {
  const std::unique_ptr<StreamingState> stream(aSctx);
  return OrNull([&] {
    ds::RequireStream(aSctx);
    stream->Finish();
    return ds::TextOf(*stream, stream->decoder.Decode(1));
  });
}

Metadata* DS_FinishStreamWithMetadata(StreamingState* aSctx, unsigned int aNumResults) {
  const std::unique_ptr<StreamingState> stream(aSctx);
  return OrNull([&] {
    ds::RequireStream(aSctx);
    stream->Finish();
    return ds::MetadataOf(*stream, stream->decoder.Decode(aNumResults));
  });
}

void DS_FreeStream(StreamingState* aSctx) { delete aSctx; }

int DS_SetEndpointRules(StreamingState* aSctx, const EndpointRules* aRules) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequireStream(aSctx);
    if (aRules == nullptr || aRules->size < sizeof(EndpointRules)) {
      throw ds::Error("EndpointRules.size is too small: begin with DS_ENDPOINT_RULES");
    }
    if (aSctx->samples_fed > 0) {
      throw ds::Error("the stream was fed already: set its rules before the first samples");
    }
    aSctx->Listen({aRules->silence_before, aRules->silence_after, aRules->longest});
    return DS_ERR_OK;
  });
}

int DS_StreamEndpoint(StreamingState* aSctx) {
  return ds::OrZero<int>([&] {
    ds::RequireStream(aSctx);
    if (!aSctx->endpointer) {
      constexpr EndpointRules kUsual = DS_ENDPOINT_RULES;
      aSctx->Listen({kUsual.silence_before, kUsual.silence_after, kUsual.longest});
    }
    return static_cast<int>(aSctx->endpointer->Rule());
  });
}

// ---- results ----

const WordMetadata* DS_GetWords(const Metadata* aMetadata, unsigned int aTranscript,
                                unsigned int* aNumWords) {
  if (aNumWords != nullptr) *aNumWords = 0;
  return ds::OrZero<const WordMetadata*>([&] {
    const auto& words = ds::RequireTranscript(aMetadata, aTranscript).words[aTranscript];
    if (aNumWords != nullptr) *aNumWords = static_cast<unsigned>(words.size());
    return static_cast<const WordMetadata*>(words.data());
  });
}

const SlotMetadata* DS_GetSlots(const Metadata* aMetadata, unsigned int aTranscript,
                                unsigned int* aNumSlots) {
  if (aNumSlots != nullptr) *aNumSlots = 0;
  return ds::OrZero<const SlotMetadata*>([&] {
    const auto& slots = ds::RequireTranscript(aMetadata, aTranscript).slots[aTranscript];
    if (aNumSlots != nullptr) *aNumSlots = static_cast<unsigned>(slots.size());
    return slots.data();
  });
}

const char* DS_GetIntent(const Metadata* aMetadata, unsigned int aTranscript) {
  return ds::OrZero<const char*>([&] {
    const auto& intent = ds::RequireTranscript(aMetadata, aTranscript).intents[aTranscript];
    return intent.empty() ? nullptr : intent.c_str();
  });
}

void DS_FreeMetadata(Metadata* m) { delete reinterpret_cast<ds::MetadataBlock*>(m); }

void DS_FreeString(char* str) { std::free(str); }

// ---- features ----

int DS_ComputeFeatures(const ModelState* aCtx, const short* aBuffer, unsigned int aBufferSize,
                       float** aWindows, unsigned int* aNumSteps, unsigned int* aWidth) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequirePlaces(aWindows, aNumSteps, aWidth);
    *aWindows = nullptr;
    ds::RequireModel(aCtx);
    const ds::Core& core = *aCtx->core;
    return ds::GiveWindows(core.extractor, core.engine.network().n_context, aBuffer, aBufferSize,
                           aWindows, aNumSteps, aWidth);
  });
}

int DS_AudioToInputVector(const short* aBuffer, unsigned int aBufferSize, int aSampleRate,
                          int aNCep, int aNContext, float** aWindows, unsigned int* aNumSteps,
                          unsigned int* aWidth) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequirePlaces(aWindows, aNumSteps, aWidth);
    *aWindows = nullptr;
    if (aSampleRate < 1000 || aSampleRate > 1000000 || aNCep < 1 || aNContext < 0 ||
        aNContext > 500) {
      throw ds::Error("sample rate " + std::to_string(aSampleRate) + ", " + std::to_string(aNCep) +
                      " coefficients and " + std::to_string(aNContext) +
                      " frames of context are not possible");
    }
    ds::FeatureSpec spec;
    spec.is_2017 = true;
    spec.sample_rate = aSampleRate;
    spec.win_len_ms = 25;
    spec.win_step_ms = 20;
    spec.n_input = aNCep;
    return ds::GiveWindows(ds::FeatureExtractor(spec), aNContext, aBuffer, aBufferSize, aWindows,
                           aNumSteps, aWidth);
  });
}

void DS_FreeFeatures(float* aWindows) { std::free(aWindows); }

int DS_InferFeatures(ModelState* aCtx, const float* aWindows, unsigned int aNumSteps,
                     unsigned int aWidth, char** aText) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequirePlaces(aText);
    *aText = nullptr;
    const auto stream = ds::NewStream(aCtx);
    const ds::Engine& engine = stream->core->engine;
    const unsigned width = engine.network().n_window();
    if (aWidth != width || (aWindows == nullptr && aNumSteps > 0) || aNumSteps > 1u << 24) {
      throw ds::Error("the features are [" + std::to_string(aNumSteps) + ", " +
                      std::to_string(aWidth) + "], the model expects [steps, " +
                      std::to_string(width) + "]");
    }
    const float* end = aWindows + static_cast<size_t>(aNumSteps) * width;
    const float* odd = std::find_if(aWindows, end, [](float x) { return !std::isfinite(x); });
    if (odd != end) {
      const size_t at = static_cast<size_t>(odd - aWindows);
      throw ds::Error("feature " + std::to_string(at % width) + " of step " +
                      std::to_string(at / width) + " is " + std::to_string(*odd) +
                      ": expected finite numbers");
    }
    std::vector<float> probs(static_cast<size_t>(aNumSteps) * engine.network().n_classes());
    ds::LstmState state = engine.InitialState();
    ds::Workspace work;
    engine.Run(aWindows, width, static_cast<int>(aNumSteps), &state, &work, probs.data());
    stream->decoder.Step(probs.data(), aNumSteps, engine.network().n_classes());
    *aText = ds::TextOf(*stream, stream->decoder.Decode(1));
    return DS_ERR_OK;
  });
}

// ---- about ----

// Neither touches the last error, which is being asked about.
char* DS_Version(void) { return strdup(DS_VERSION); }

char* DS_ErrorCodeToErrorMessage(int aErrorCode) {
  switch (aErrorCode) {
#define DS_RETURN_MESSAGE(name, code, message) \
  case code:                                   \
    return strdup(message);
    DS_FOR_EACH_ERROR(DS_RETURN_MESSAGE)
#undef DS_RETURN_MESSAGE
    default:
      return strdup("Unknown error code.");
  }
}

const char* DS_LastError(void) { return ds::LastError().Get(); }
