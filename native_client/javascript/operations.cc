#include "javascript/operations.h"

#include <memory>
#include <string>
#include <utility>

#include "client/client_c.h"
#include "deepspeech.h"
#include "javascript/results.h"

namespace ds {
namespace {

using TextPtr = std::unique_ptr<char, void (*)(char*)>;
using MetadataPtr = std::unique_ptr<Metadata, void (*)(Metadata*)>;

int CodeOf(const void* result) { return result ? DS_ERR_OK : DS_ERR_FAIL_RUN_SESS; }

// Jobs by what they return; `compute` returns what the library does.
template <typename Compute>
Job ForText(Compute compute) {
  auto text = std::make_shared<TextPtr>(nullptr, DS_FreeString);
  return {[=] { return text->reset(compute()), CodeOf(text->get()); },
          [=](napi_env env) { return FromText(env, text->get()); }, nullptr};
}

// Of this JavaScript makes objects a part at a time, by operations below.
template <typename Compute>
Job ForMetadata(Compute compute) {
  auto found = std::make_shared<std::shared_ptr<Metadata>>();
  return {[=] {
            Metadata* metadata = compute();
            if (metadata) found->reset(metadata, DS_FreeMetadata);
            return CodeOf(metadata);
          },
          [=](napi_env env) { return Wrap(env, *found); }, nullptr};
}

template <typename Compute>
Job ForAlignment(Compute compute) {
  auto found = std::make_shared<std::shared_ptr<Alignment>>();
  return {[=] {
            Alignment* alignment = nullptr;
            const int code = compute(&alignment);
            if (alignment) found->reset(alignment, DS_FreeAlignment);
            return code;
          },
          [=](napi_env env) { return Wrap(env, *found); }, nullptr};
}

// Of what is there already.
template <typename Make>
Job ForResult(Make make) {
  return {[] { return DS_ERR_OK; }, make, nullptr};
}

template <typename Compute>
Job ForNumber(Compute compute) {
  auto number = std::make_shared<double>();
  return {[=] { return *number = compute(), DS_ERR_OK; },
          [=](napi_env env) { return FromNumber(env, *number); }, nullptr};
}

// Of functions that return a code.
template <typename Compute>
Job ForNothing(Compute compute) {
  return {compute, nullptr, nullptr};
}

// ---- models ----

template <typename Create>
Job ForModel(Create create) {
  auto model = std::make_shared<ModelPtr>();
  return {[=] {
            ModelState* opened = nullptr;
            const int code = create(&opened);
            if (opened) model->reset(opened, DS_FreeModel);
            return code;
          },
          [=](napi_env env) { return Wrap(env, *model); }, nullptr};
}

Job CreateModel(Arguments& arguments) {
  const std::string path = arguments.Text("model path");
  const bool fp32 = arguments.Flag("fp32");
  const unsigned threads = arguments.Whole("threads");
  return ForModel([=](ModelState** opened) {
    const ModelOptions options = {sizeof options, fp32, static_cast<int>(threads)};
    return DS_CreateModelWithOptions(path.c_str(), &options, opened);
  });
}

Job CreateModelFromBuffer(Arguments& arguments) {
  const auto bytes = arguments.Bytes("model");
  return ForModel([=](ModelState** opened) {
    return DS_CreateModelFromBuffer(bytes.first, bytes.second, opened);
  });
}

Job BeamWidth(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  return ForNumber([=] { return DS_GetModelBeamWidth(model.get()); });
}

Job SetBeamWidth(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const unsigned width = arguments.Whole("beam width");
  return ForNothing([=] { return DS_SetModelBeamWidth(model.get(), width); });
}

Job SampleRate(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  return ForNumber([=] { return DS_GetModelSampleRate(model.get()); });
}

Job Info(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  auto info = std::make_shared<ModelInfo>();
  info->size = sizeof *info;
  return {[=] { return DS_GetModelInfo(model.get(), info.get()); },
          [=](napi_env env) { return FromInfo(env, *info); }, nullptr};
}

Job EnableExternalScorer(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const std::string path = arguments.Text("scorer path");
  return ForNothing([=] { return DS_EnableExternalScorer(model.get(), path.c_str()); });
}

Job EnableExternalScorerFromBuffer(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const auto bytes = arguments.Bytes("scorer");
  return ForNothing(
      [=] { return DS_EnableExternalScorerFromBuffer(model.get(), bytes.first, bytes.second); });
}

Job DisableExternalScorer(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  return ForNothing([=] { return DS_DisableExternalScorer(model.get()); });
}

Job SetScorerAlphaBeta(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const auto alpha = static_cast<float>(arguments.Number("alpha"));
  const auto beta = static_cast<float>(arguments.Number("beta"));
  return ForNothing([=] { return DS_SetScorerAlphaBeta(model.get(), alpha, beta); });
}

Job SetOovCost(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const auto cost = static_cast<float>(arguments.Number("cost"));
  return ForNothing([=] { return DS_SetOovCost(model.get(), cost); });
}

Job SetRejection(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const auto texts = static_cast<float>(arguments.Number("texts"));
  const auto words = static_cast<float>(arguments.Number("words"));
  return ForNothing([=] { return DS_SetRejection(model.get(), texts, words); });
}

Job EnableGrammar(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const std::string grammar = arguments.Text("grammar");
  return ForNothing([=] { return DS_EnableGrammar(model.get(), grammar.c_str()); });
}

Job DisableGrammar(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  return ForNothing([=] { return DS_DisableGrammar(model.get()); });
}

Job PackGrammar(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const std::string grammar = arguments.Text("grammar");
  const std::string path = arguments.Text("packed path");
  return ForNothing([=] { return DS_PackGrammar(model.get(), grammar.c_str(), path.c_str()); });
}

// Returns the warning of a word that has no effect, or ''.
template <typename Add>
Job ForHotWord(Add add) {
  auto warning = std::make_shared<std::string>();
  return {[=] {
            const int code = add();
            if (code == DS_ERR_OK) *warning = DS_LastError();
            return code;
          },
          [=](napi_env env) { return FromText(env, warning->c_str()); }, nullptr};
}

Job AddHotWord(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const std::string word = arguments.Text("hot word");
  const auto boost = static_cast<float>(arguments.Number("boost"));
  return ForHotWord([=] { return DS_AddHotWord(model.get(), word.c_str(), boost); });
}

Job EraseHotWord(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const std::string word = arguments.Text("hot word");
  return ForNothing([=] { return DS_EraseHotWord(model.get(), word.c_str()); });
}

Job ClearHotWords(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  return ForNothing([=] { return DS_ClearHotWords(model.get()); });
}

// ---- whole utterances ----

Job SpeechToText(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const Samples audio = arguments.Audio();
  return ForText([=] { return DS_SpeechToText(model.get(), audio.data, audio.size); });
}

Job SpeechToTextWithMetadata(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const Samples audio = arguments.Audio();
  const unsigned results = arguments.Whole("number of results");
  return ForMetadata(
      [=] { return DS_SpeechToTextWithMetadata(model.get(), audio.data, audio.size, results); });
}

struct FoundEmissions {
  std::vector<float> probabilities;
  std::vector<std::string> symbols;
};

int ComputeEmissions(ModelState* model, const Samples& audio, FoundEmissions* found) {
  const MetadataPtr metadata(DS_SpeechToTextWithEmissions(model, audio.data, audio.size, 0),
                             DS_FreeMetadata);
  if (!metadata) return DS_ERR_FAIL_RUN_SESS;
  if (const AcousticModelEmissions* said = metadata->emissions) {
    found->symbols.assign(said->symbols, said->symbols + said->num_symbols);
    const size_t count = static_cast<size_t>(said->num_timesteps) * said->num_symbols;
    found->probabilities.assign(said->emissions, said->emissions + count);
  }
  return DS_ERR_OK;
}

Job EmissionsOf(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const Samples audio = arguments.Audio();
  auto found = std::make_shared<FoundEmissions>();
  return {[=] { return ComputeEmissions(model.get(), audio, found.get()); },
          [=](napi_env env) {
            return FromEmissions(env, std::move(found->probabilities), found->symbols);
          },
          nullptr};
}

Job AlignText(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const Samples audio = arguments.Audio();
  const std::string text = arguments.Text("text");
  return ForAlignment([=](Alignment** found) {
    return DS_AlignText(model.get(), audio.data, audio.size, text.c_str(), found);
  });
}

// ---- what was found ----

Range RangeOf(Arguments& arguments) {
  const unsigned begin = arguments.Whole("begin");
  return {begin, arguments.Whole("end")};
}

Job CountTranscripts(Arguments& arguments) {
  const auto found = arguments.Transcripts();
  return ForNumber([=] { return found->num_transcripts; });
}

// One of the transcripts, by its number.
unsigned NumberOf(Arguments& arguments, const Metadata& found) {
  const unsigned number = arguments.Whole("number");
  if (number < found.num_transcripts) return number;
  throw Misuse{Misuse::kRange, "there is no transcript of this number"};
}

Job Transcript(Arguments& arguments) {
  const auto found = arguments.Transcripts();
  const unsigned number = NumberOf(arguments, *found);
  return ForResult([=](napi_env env) { return FromTranscript(env, *found, number); });
}

template <napi_value (*From)(napi_env, const Metadata&, unsigned, Range)>
Job PartsOf(Arguments& arguments) {
  const auto found = arguments.Transcripts();
  const unsigned number = NumberOf(arguments, *found);
  const Range range = RangeOf(arguments);
  return ForResult([=](napi_env env) { return From(env, *found, number, range); });
}

Job Aligned(Arguments& arguments) {
  const auto found = arguments.Aligned();
  return ForResult([=](napi_env env) { return FromAlignment(env, *found); });
}

template <const AlignedPart* Alignment::* Parts, unsigned Alignment::* Count>
Job AlignedParts(Arguments& arguments) {
  const auto found = arguments.Aligned();
  const Range range = RangeOf(arguments);
  return ForResult([=](napi_env env) {
    return FromParts(env, found.get()->*Parts, found.get()->*Count, range);
  });
}

// ---- streams ----

template <typename Owned, typename State, typename Create>
Job ForFed(ModelPtr model, Create create) {
  auto made = std::make_shared<std::shared_ptr<Owned>>();
  return {[=] {
            State* state = nullptr;
            const int code = create(&state);
            if (state) *made = std::make_shared<Owned>(model, state);
            return code;
          },
          [=](napi_env env) { return Wrap(env, *made); }, nullptr};
}

// Gives a job the turn of what it works with.
template <typename Owned>
Job InTurn(std::shared_ptr<Owned> it, Job job) {
  job.take_turn = [=](bool is_busy) {
    it->is_busy = is_busy;
    if (!is_busy && it->is_unwanted) it->End();
  };
  return job;
}

// What has not ended.
template <typename Owned>
std::shared_ptr<Owned> Open(std::shared_ptr<Owned> it, const char* verb, const char* made_by) {
  if (it && it->it) return it;
  throw Misuse{Misuse::kError,
               std::string("Stream object is not valid. Trying to ") + verb +
                   " an already finished stream? It has ended: create another one with " + made_by};
}

std::shared_ptr<Stream> OpenStream(Arguments& arguments, const char* verb) {
  return Open(arguments.Stream(), verb, "createStream()");
}

Job CreateStream(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  return ForFed<Stream, StreamingState>(
      model, [=](StreamingState** state) { return DS_CreateStream(model.get(), state); });
}

// What a stream is told before it is fed.
template <int (*Set)(StreamingState*)>
Job ForStream(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "set");
  return InTurn(stream, ForNothing([=] { return Set(stream->it); }));
}

template <int (*Set)(StreamingState*, const char*)>
Job ForStreamByText(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "set");
  const std::string text = arguments.Text("text");
  return InTurn(stream, ForNothing([=] { return Set(stream->it, text.c_str()); }));
}

Job AddStreamHotWord(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "set");
  const std::string word = arguments.Text("hot word");
  const auto boost = static_cast<float>(arguments.Number("boost"));
  return InTurn(stream,
                ForHotWord([=] { return DS_AddStreamHotWord(stream->it, word.c_str(), boost); }));
}

Job FeedAudioContent(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "feed");
  const Samples audio = arguments.Audio();
  return InTurn(stream, ForNothing([=] {
                  DS_FeedAudioContent(stream->it, audio.data, audio.size);
                  return *DS_LastError() ? DS_ERR_FAIL_RUN_SESS : DS_ERR_OK;
                }));
}

template <char* (*Decode)(StreamingState*)>
Job DecodeText(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "decode");
  return InTurn(stream, ForText([=] { return Decode(stream->it); }));
}

template <Metadata* (*Decode)(StreamingState*, unsigned)>
Job DecodeMetadata(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "decode");
  const unsigned results = arguments.Whole("number of results");
  return InTurn(stream, ForMetadata([=] { return Decode(stream->it, results); }));
}

char* IntermediateDecode(StreamingState* state) { return DS_IntermediateDecode(state); }
Metadata* IntermediateMetadata(StreamingState* state, unsigned results) {
  return DS_IntermediateDecodeWithMetadata(state, results);
}

Job FinishStream(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "finish");
  return InTurn(stream, ForText([=] { return stream->Finish(DS_FinishStream); }));
}

Job FinishStreamWithMetadata(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "finish");
  const unsigned results = arguments.Whole("number of results");
  return InTurn(stream, ForMetadata([=] {
                  return stream->Finish([=](StreamingState* state) {
                    return DS_FinishStreamWithMetadata(state, results);
                  });
                }));
}

Job SetEndpointRules(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "listen to");
  EndpointRules rules = DS_ENDPOINT_RULES;
  rules.silence_before = static_cast<float>(arguments.Number("silence_before"));
  rules.silence_after = static_cast<float>(arguments.Number("silence_after"));
  rules.longest = static_cast<float>(arguments.Number("longest"));
  return InTurn(stream, ForNothing([=] { return DS_SetEndpointRules(stream->it, &rules); }));
}

Job Endpoint(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "ask");
  return InTurn(stream, ForNumber([=] { return DS_StreamEndpoint(stream->it); }));
}

// ---- keywords ----

// Copies what a stream has heard: it is valid until the stream's next call only.
template <int (*Take)(StreamingState*, const HeardKeyword**, unsigned*)>
Job KeywordsOf(Arguments& arguments) {
  const auto stream = OpenStream(arguments, "ask");
  auto found = std::make_shared<std::vector<FoundKeyword>>();
  return InTurn(stream, {[=] {
                           const HeardKeyword* heard = nullptr;
                           unsigned count = 0;
                           const int code = Take(stream->it, &heard, &count);
                           if (code != DS_ERR_OK) return code;
                           for (const HeardKeyword* it = heard; it != heard + count; ++it) {
                             found->push_back({it->phrase, it->start_time, it->end_time,
                                               static_cast<double>(it->score)});
                           }
                           return code;
                         },
                         [=](napi_env env) { return FromKeywords(env, *found); }, nullptr});
}

// ---- alignment piece by piece ----

Job CreateAlignStream(Arguments& arguments) {
  const ModelPtr model = arguments.Model();
  const std::string text = arguments.Text("text");
  return ForFed<Aligning, AlignStream>(model, [=](AlignStream** state) {
    return DS_CreateAlignStream(model.get(), text.c_str(), state);
  });
}

std::shared_ptr<Aligning> OpenAligning(Arguments& arguments, const char* verb) {
  return Open(arguments.Aligning(), verb, "createAlignStream()");
}

Job FeedAlignStream(Arguments& arguments) {
  const auto stream = OpenAligning(arguments, "feed");
  const Samples audio = arguments.Audio();
  return InTurn(stream,
                ForNothing([=] { return DS_FeedAlignStream(stream->it, audio.data, audio.size); }));
}

Job FinishAlignStream(Arguments& arguments) {
  const auto stream = OpenAligning(arguments, "finish");
  return InTurn(stream, ForAlignment([=](Alignment** found) {
                  return stream->Finish(
                      [=](AlignStream* state) { return DS_FinishAlignStream(state, found); });
                }));
}

// ---- speech and pauses ----

Job CreateSegmenter(Arguments& arguments) {
  const unsigned rate = arguments.Whole("sample rate");
  SegmentOptions options = DS_SEGMENT_OPTIONS;
  options.pause_ms = arguments.Whole("pause_ms");
  options.padding_ms = arguments.Whole("padding_ms");
  options.shortest_ms = arguments.Whole("shortest_ms");
  options.longest_ms = arguments.Whole("longest_ms");
  options.threshold = static_cast<float>(arguments.Number("threshold"));
  return ForFed<Segmenting, Segmenter>(
      nullptr, [=](Segmenter** state) { return DS_CreateSegmenter(rate, &options, state); });
}

template <typename Compute>
Job ForSegments(std::shared_ptr<Segmenting> segmenter, Compute compute) {
  auto found = std::make_shared<std::vector<SpeechSegment>>();
  return InTurn(segmenter, {[=] {
                              const SpeechSegment* segments = nullptr;
                              unsigned count = 0;
                              const int code = compute(segmenter->it, &segments, &count);
                              if (code == DS_ERR_OK) found->assign(segments, segments + count);
                              return code;
                            },
                            [=](napi_env env) { return FromSegments(env, *found); }, nullptr});
}

Job FeedSegmenter(Arguments& arguments) {
  const auto segmenter = Open(arguments.Segmenting(), "feed", "new Segmenter()");
  const Samples audio = arguments.Audio();
  return ForSegments(segmenter,
                     [=](Segmenter* it, const SpeechSegment** segments, unsigned* count) {
                       return DS_FeedSegmenter(it, audio.data, audio.size, segments, count);
                     });
}

Job FinishSegmenter(Arguments& arguments) {
  return ForSegments(Open(arguments.Segmenting(), "finish", "new Segmenter()"), DS_FinishSegmenter);
}

// ---- memory, files, about ----

Job Free(Arguments& arguments) {
  arguments.Free();
  return ForNothing([] { return DS_ERR_OK; });
}

// A recording that takes `count` samples, for audio that is too much to copy at once.
Job CreateRecording(Arguments& arguments) {
  auto recording = std::make_shared<Recording>();
  recording->reserve(arguments.Whole("number of samples"));
  return {[] { return DS_ERR_OK; }, [=](napi_env env) { return Wrap(env, recording); }, nullptr};
}

Job AppendRecording(Arguments& arguments) {
  const auto recording = arguments.Recording();
  const Samples audio = arguments.Audio();
  return ForNothing([=] {
    recording->insert(recording->end(), audio.data, audio.data + audio.size);
    return DS_ERR_OK;
  });
}

struct ReadSamples {
  AudioPtr samples{nullptr, dsc_free};
  size_t bytes = 0;
  std::string message;
};

// {samples} or {message}: what is wrong with a file is the reader's to say.
Job ReadAudio(Arguments& arguments) {
  const std::string path = arguments.Text("audio path");
  const unsigned rate = arguments.Whole("sample rate");
  auto read = std::make_shared<ReadSamples>();
  return {[=] {
            char* message = nullptr;
            read->samples.reset(
                dsc_read_audio(path.c_str(), static_cast<int>(rate), &read->bytes, &message));
            if (!read->samples) read->message = message ? message : "out of memory";
            dsc_free(message);
            return DS_ERR_OK;
          },
          [=](napi_env env) {
            return read->samples
                       ? FromSamples(env, std::move(read->samples), read->bytes / sizeof(short))
                       : FromText(env, read->message.c_str());
          },
          nullptr};
}

Job Version(Arguments&) {
  return ForText([] { return DS_Version(); });
}

}  // namespace

const std::vector<Operation>& Operations() {
  static const std::vector<Operation> operations = {
      {"createModel", "CreateModel", CreateModel},
      {"createModelFromBuffer", "CreateModelFromBuffer", CreateModelFromBuffer},
      {"beamWidth", "GetModelBeamWidth", BeamWidth},
      {"setBeamWidth", "SetModelBeamWidth", SetBeamWidth},
      {"sampleRate", "GetModelSampleRate", SampleRate},
      {"info", "GetModelInfo", Info},
      {"enableExternalScorer", "EnableExternalScorer", EnableExternalScorer},
      {"enableExternalScorerFromBuffer", "EnableExternalScorerFromBuffer",
       EnableExternalScorerFromBuffer},
      {"disableExternalScorer", "DisableExternalScorer", DisableExternalScorer},
      {"setScorerAlphaBeta", "SetScorerAlphaBeta", SetScorerAlphaBeta},
      {"setOovCost", "SetOovCost", SetOovCost},
      {"setRejection", "SetRejection", SetRejection},
      {"enableGrammar", "EnableGrammar", EnableGrammar},
      {"disableGrammar", "DisableGrammar", DisableGrammar},
      {"packGrammar", "PackGrammar", PackGrammar},
      {"addHotWord", "addHotWord", AddHotWord},
      {"eraseHotWord", "eraseHotWord", EraseHotWord},
      {"clearHotWords", "clearHotWord", ClearHotWords},
      {"stt", "SpeechToText", SpeechToText},
      {"sttWithMetadata", "SpeechToTextWithMetadata", SpeechToTextWithMetadata},
      {"emissions", "SpeechToTextWithEmissions", EmissionsOf},
      {"align", "AlignText", AlignText},
      {"countTranscripts", "CountTranscripts", CountTranscripts},
      {"transcript", "Transcript", Transcript},
      {"tokens", "Tokens", PartsOf<FromTokens>},
      {"words", "Words", PartsOf<FromWords>},
      {"aligned", "Aligned", Aligned},
      {"alignedLines", "AlignedLines", AlignedParts<&Alignment::lines, &Alignment::num_lines>},
      {"alignedWords", "AlignedWords", AlignedParts<&Alignment::words, &Alignment::num_words>},
      {"alignedLetters", "AlignedLetters",
       AlignedParts<&Alignment::letters, &Alignment::num_letters>},
      {"createStream", "CreateStream", CreateStream},
      {"feedAudioContent", "FeedAudioContent", FeedAudioContent},
      {"addStreamHotWord", "addHotWord", AddStreamHotWord},
      {"eraseStreamHotWord", "eraseHotWord", ForStreamByText<DS_EraseStreamHotWord>},
      {"clearStreamHotWords", "clearHotWords", ForStream<DS_ClearStreamHotWords>},
      {"enableStreamGrammar", "EnableGrammar", ForStreamByText<DS_EnableStreamGrammar>},
      {"disableStreamGrammar", "DisableGrammar", ForStream<DS_DisableStreamGrammar>},
      {"intermediateDecode", "IntermediateDecode", DecodeText<IntermediateDecode>},
      {"intermediateDecodeWithMetadata", "IntermediateDecodeWithMetadata",
       DecodeMetadata<IntermediateMetadata>},
      {"intermediateDecodeFlushBuffers", "IntermediateDecodeFlushBuffers",
       DecodeText<DS_IntermediateDecodeFlushBuffers>},
      {"intermediateDecodeWithMetadataFlushBuffers", "IntermediateDecodeWithMetadataFlushBuffers",
       DecodeMetadata<DS_IntermediateDecodeWithMetadataFlushBuffers>},
      {"finishStream", "FinishStream", FinishStream},
      {"finishStreamWithMetadata", "FinishStreamWithMetadata", FinishStreamWithMetadata},
      {"setEndpointRules", "SetEndpointRules", SetEndpointRules},
      {"endpoint", "StreamEndpoint", Endpoint},
      {"enableKeywords", "EnableKeywords", ForStreamByText<DS_EnableKeywords>},
      {"keywords", "TakeKeywords", KeywordsOf<DS_TakeKeywords>},
      {"endKeywords", "EndKeywords", KeywordsOf<DS_EndKeywords>},
      {"createAlignStream", "CreateAlignStream", CreateAlignStream},
      {"feedAlignStream", "FeedAlignStream", FeedAlignStream},
      {"finishAlignStream", "FinishAlignStream", FinishAlignStream},
      {"createSegmenter", "CreateSegmenter", CreateSegmenter},
      {"feedSegmenter", "FeedSegmenter", FeedSegmenter},
      {"finishSegmenter", "FinishSegmenter", FinishSegmenter},
      {"free", "Free", Free},
      {"createRecording", "CreateRecording", CreateRecording},
      {"appendRecording", "AppendRecording", AppendRecording},
      {"readAudio", "ReadAudio", ReadAudio},
      {"version", "Version", Version},
  };
  return operations;
}

}  // namespace ds
