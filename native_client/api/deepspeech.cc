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
#include "api/keywords.h"
#include "api/model_state.h"
#include "api/results.h"
#include "api/sample_stream.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "decoder/ctc_decoder.h"
#include "decoder/letters.h"
#include "decoder/slot_words.h"
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
        settings(model),
        judge(model.judge()),
        decoder(core->alphabet, settings.options, settings.scorer),
        space(core->alphabet.bytes_output ? ' ' - 1 : core->alphabet.space()) {}

  ds::ProbSink SinkTo(ds::Decoder* to) const {
    return [this, to](const float* probs, int count) { to->Step(probs, count, classes()); };
  }
  // What has come through the network goes to the one who listens.
  void Read(const float* probs, int steps) {
    if (!keywords) {
      decoder.Step(probs, steps, classes());
    } else if (keywords->Step(probs, steps, classes())) {
      acoustics.Forget();  // networks have learnt from utterances, which begin
    }
  }
  void Feed(const short* samples, size_t count) {
    static_assert(sizeof(short) == 2, "samples have 16 bits");
    if (keywords && keywords->ended()) {
      throw ds::Error("the stream's keywords have ended: create another one");
    }
    fed.Run([&] {
      samples_fed += count;
      if (endpointer) endpointer->Feed(samples, count);
      acoustics.Feed(samples, count, [this](const float* probs, int steps) {
        Read(probs, steps);
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
  }
  // Has `change()` change the settings of a stream that was not fed yet.
  template <typename Change>
  void Set(const char* what, Change change) {
    if (samples_fed > 0) {
      throw ds::Error(std::string("the stream was fed already: set its ") + what +
                      " before the first samples");
    }
    change();
    judge.curves = core->calibration.Of(settings.constraint());
    decoder = ds::Decoder(core->alphabet, settings.options, settings.scorer);
  }
  void Finish() {
    if (keywords && keywords->ended()) return;
    acoustics.Finish([this](const float* probs, int steps) { Read(probs, steps); });
    if (keywords) keywords->Finish();
  }
  // What use(decoder) makes of what was said so far; `all`: with what is not settled yet, which
  // changes nothing for what comes.
  template <typename Use>
  auto Peek(bool all, Use use) const {
    if (keywords || (!all && acoustics.runs_early())) return use(decoder);
    ds::AcousticStream rest = acoustics;
    ds::Decoder so_far = decoder.Fork();
    rest.Finish(SinkTo(&so_far));
    return use(static_cast<const ds::Decoder&>(so_far));
  }
  std::string PeekText(bool all) const {
    return Peek(all, [this](const ds::Decoder& so_far) { return Text(so_far.DecodeSoFar(1)); });
  }
  std::string Text() const {
    if (!judge.rejects()) return Text(decoder.Decode(1));
    std::string text;
    for (const ds::Judged& best : judge(decoder.Find(1, true), core->alphabet)) {
      for (const ds::Letter& letter : best.letters) text += letter.text;
    }
    return text;
  }
  std::string Text(const std::vector<ds::Output>& outputs) const {
    return outputs.empty() ? "" : ds::ReadableText(outputs[0], core->alphabet);
  }

  SearchSettings settings;
  ds::Judge judge;
  ds::Decoder decoder;
  std::unique_ptr<ds::KeywordWatch> keywords;  // of streams that listen for them
  std::unique_ptr<ds::Endpointer> endpointer;  // of streams that are asked
  const int space;                             // the label that says as little as the blank does
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

// Throws Error for a grammar and a scorer that do not fit each other.
void CheckSlots(const DecoderOptions& options, const Scorer* scorer) {
  if (options.slotted()) SlotsOf(scorer, *options.grammar);
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
  CheckSlots(model->options, scorer.get());
  model->scorer = std::move(scorer);
  return DS_ERR_OK;
}

std::shared_ptr<const Grammar> MakeGrammar(const Core& core, const char* text_or_path) {
  if (text_or_path == nullptr) throw Error("the grammar is NULL");
  return std::make_shared<const Grammar>(text_or_path, core.alphabet);
}

std::vector<Keyword> MakeKeywords(const Core& core, const char* text_or_path) {
  if (text_or_path == nullptr) throw Error("the keywords are NULL");
  try {
    return ReadKeywords(text_or_path, core.alphabet);
  } catch (const Error& e) {  // as of any list of phrases
    throw Error(DS_ERR_INVALID_KEYWORDS, e.what());
  }
}

Metadata* MetadataOf(const StreamingState& stream, const Found& found, const Judge& judge,
                     std::vector<double> probs = {}) {
  const Core& core = *stream.core;
  auto block = std::make_unique<MetadataBlock>(judge(found, core.alphabet), core.alphabet,
                                               core.step_seconds, std::move(probs));
  return &block.release()->metadata;  // DS_FreeMetadata takes it from there
}

// Of a stream that has ended, and of one on its way.
Metadata* ResultOf(const StreamingState& stream, unsigned count, std::vector<double> probs = {}) {
  return MetadataOf(stream, stream.decoder.Find(count, true), stream.judge, std::move(probs));
}
Metadata* PeekOf(const StreamingState& stream, unsigned count, bool all) {
  return stream.Peek(all, [&](const Decoder& so_far) {
    return MetadataOf(stream, so_far.Find(count, false), stream.judge.Lenient());
  });
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

void RequireHotWord(const char* word) {
  if (word == nullptr) throw Error("the hot word is NULL");
}

void RequireStream(const StreamingState* stream) {
  if (stream == nullptr) throw Error(DS_ERR_FAIL_CREATE_STREAM, "the stream is NULL");
  stream->fed.Require();
}

// Hands out what a stream has heard, by then or at its end.
int GiveHeard(StreamingState* stream, bool at_end, const HeardKeyword** heard, unsigned* count) {
  RequirePlaces(heard, count);
  *heard = nullptr;
  *count = 0;
  RequireStream(stream);
  if (!stream->keywords) {
    throw Error("the stream listens for no keywords: enable them before its first samples");
  }
  if (at_end) stream->fed.Run([&] { stream->Finish(); });
  const std::vector<HeardKeyword>& all =
      stream->keywords->Take(static_cast<double>(stream->core->step_seconds));
  *heard = all.data();
  *count = static_cast<unsigned>(all.size());
  return DS_ERR_OK;
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

int DS_SetOovCost(ModelState* aCtx, float aCost) {
  return Guard(DS_ERR_INVALID_SCORER, [&] {
    ds::RequireModel(aCtx);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    ds::DecoderOptions options = aCtx->options;
    options.oov_cost.reset();
    if (aCost != HUGE_VALF) options.oov_cost = aCost;
    ds::DecoderOptions trial = options;
    trial.beam_width = 1;
    ds::Decoder(aCtx->core->alphabet, trial, aCtx->scorer);
    aCtx->options = std::move(options);
    return DS_ERR_OK;
  });
}

int DS_AddHotWord(ModelState* aCtx, const char* word, float boost) {
  return Guard(DS_ERR_FAIL_INSERT_HOTWORD, [&] {
    ds::RequireModel(aCtx);
    ds::RequireHotWord(word);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    ds::LastError().Set(aCtx->AddHotWord(aCtx->core->alphabet, word, boost).c_str());
    return DS_ERR_OK;
  });
}

int DS_EraseHotWord(ModelState* aCtx, const char* word) {
  return Guard(DS_ERR_FAIL_ERASE_HOTWORD, [&] {
    ds::RequireModel(aCtx);
    ds::RequireHotWord(word);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    aCtx->EraseHotWord(word);
    return DS_ERR_OK;
  });
}

int DS_ClearHotWords(ModelState* aCtx) {
  return Guard(DS_ERR_FAIL_CLEAR_HOTWORD, [&] {
    ds::RequireModel(aCtx);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    aCtx->ClearHotWords();
    return DS_ERR_OK;
  });
}

int DS_AddStreamHotWord(StreamingState* aSctx, const char* word, float boost) {
  return Guard(DS_ERR_FAIL_INSERT_HOTWORD, [&] {
    ds::RequireStream(aSctx);
    ds::RequireHotWord(word);
    aSctx->Set("hot words", [&] {
      const ds::Alphabet& alphabet = aSctx->core->alphabet;
      ds::LastError().Set(aSctx->settings.AddHotWord(alphabet, word, boost).c_str());
    });
    return DS_ERR_OK;
  });
}

int DS_EraseStreamHotWord(StreamingState* aSctx, const char* word) {
  return Guard(DS_ERR_FAIL_ERASE_HOTWORD, [&] {
    ds::RequireStream(aSctx);
    ds::RequireHotWord(word);
    aSctx->Set("hot words", [&] { aSctx->settings.EraseHotWord(word); });
    return DS_ERR_OK;
  });
}

int DS_ClearStreamHotWords(StreamingState* aSctx) {
  return Guard(DS_ERR_FAIL_CLEAR_HOTWORD, [&] {
    ds::RequireStream(aSctx);
    aSctx->Set("hot words", [&] { aSctx->settings.ClearHotWords(); });
    return DS_ERR_OK;
  });
}

// ---- grammars ----

int DS_EnableGrammar(ModelState* aCtx, const char* aGrammar) {
  return Guard(DS_ERR_INVALID_GRAMMAR, [&] {
    ds::RequireModel(aCtx);
    auto grammar = ds::MakeGrammar(*aCtx->core, aGrammar);
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    ds::DecoderOptions options = aCtx->options;
    options.grammar = std::move(grammar);
    ds::CheckSlots(options, aCtx->scorer.get());
    aCtx->options = std::move(options);
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
    auto grammar = ds::MakeGrammar(*aSctx->core, aGrammar);
    aSctx->Set("grammar", [&] {
      ds::DecoderOptions options = aSctx->settings.options;
      options.grammar = std::move(grammar);
      ds::CheckSlots(options, aSctx->settings.scorer.get());
      aSctx->settings.options = std::move(options);
    });
    return DS_ERR_OK;
  });
}

int DS_DisableStreamGrammar(StreamingState* aSctx) {
  return Guard(DS_ERR_INVALID_GRAMMAR, [&] {
    ds::RequireStream(aSctx);
    aSctx->Set("grammar", [&] { aSctx->settings.options.grammar = nullptr; });
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
  return OrNull([&] { return ds::CopyString(ds::Transcribe(aCtx, aBuffer, aBufferSize)->Text()); });
}

Metadata* DS_SpeechToTextWithMetadata(ModelState* aCtx, const short* aBuffer,
                                      unsigned int aBufferSize, unsigned int aNumResults) {
  return OrNull(
      [&] { return ds::ResultOf(*ds::Transcribe(aCtx, aBuffer, aBufferSize), aNumResults); });
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
    return ds::ResultOf(*stream, aNumResults, std::move(probs));
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
    return ds::CopyString(aSctx->PeekText(false));
  });
}

Metadata* DS_IntermediateDecodeWithMetadata(const StreamingState* aSctx, unsigned int aNumResults) {
  return OrNull([&] {
    ds::RequireStream(aSctx);
    return ds::PeekOf(*aSctx, aNumResults, false);
  });
}

char* DS_IntermediateDecodeFlushBuffers(StreamingState* aSctx) {
  return OrNull([&] {
    ds::RequireStream(aSctx);
    return ds::CopyString(aSctx->PeekText(true));
  });
}

Metadata* DS_IntermediateDecodeWithMetadataFlushBuffers(StreamingState* aSctx,
                                                        unsigned int aNumResults) {
  return OrNull([&] {
    ds::RequireStream(aSctx);
    return ds::PeekOf(*aSctx, aNumResults, true);
  });
}

char* DS_FinishStream(StreamingState* aSctx) {
  const std::unique_ptr<StreamingState> stream(aSctx);
  return OrNull([&] {
    ds::RequireStream(aSctx);
    stream->Finish();
    return ds::CopyString(stream->Text());
  });
}

Metadata* DS_FinishStreamWithMetadata(StreamingState* aSctx, unsigned int aNumResults) {
  const std::unique_ptr<StreamingState> stream(aSctx);
  return OrNull([&] {
    ds::RequireStream(aSctx);
    stream->Finish();
    return ds::ResultOf(*stream, aNumResults);
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

// ---- keywords ----

int DS_EnableKeywords(StreamingState* aSctx, const char* aKeywords) {
  return Guard(DS_ERR_INVALID_KEYWORDS, [&] {
    ds::RequireStream(aSctx);
    auto keywords = std::make_unique<ds::KeywordWatch>(ds::MakeKeywords(*aSctx->core, aKeywords),
                                                       aSctx->core->alphabet, aSctx->space);
    aSctx->Set("keywords", [&] {
      aSctx->keywords = std::move(keywords);
      aSctx->acoustics.RunByFew();
    });
    return DS_ERR_OK;
  });
}

int DS_TakeKeywords(StreamingState* aSctx, const HeardKeyword** aHeard, unsigned int* aNumHeard) {
  return Guard(DS_ERR_FAIL_RUN_SESS,
               [&] { return ds::GiveHeard(aSctx, false, aHeard, aNumHeard); });
}

int DS_EndKeywords(StreamingState* aSctx, const HeardKeyword** aHeard, unsigned int* aNumHeard) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] { return ds::GiveHeard(aSctx, true, aHeard, aNumHeard); });
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
    const auto& result = ds::RequireTranscript(aMetadata, aTranscript).results[aTranscript];
    return result.intent.empty() ? nullptr : result.intent.c_str();
  });
}

const Confidences* DS_GetConfidences(const Metadata* aMetadata, unsigned int aTranscript) {
  return ds::OrZero<const Confidences*>(
      [&] { return &ds::RequireTranscript(aMetadata, aTranscript).confidences[aTranscript]; });
}

int DS_SetRejection(ModelState* aCtx, float aTexts, float aWords) {
  return Guard(DS_ERR_FAIL_CREATE_MODEL, [&] {
    ds::RequireModel(aCtx);
    for (const float least : {aTexts, aWords}) {
      if (least >= 0 && least <= 1) continue;
      throw ds::Error("the least probability is " + std::to_string(least) +
                      ": expected a number from 0 to 1");
    }
    const std::lock_guard<std::mutex> lock(aCtx->mutex);
    aCtx->least_text = static_cast<double>(aTexts);
    aCtx->least_word = static_cast<double>(aWords);
    return DS_ERR_OK;
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
    *aText = ds::CopyString(stream->Text());
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
