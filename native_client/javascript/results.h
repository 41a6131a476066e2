// What the library returns, as JavaScript's values; the fields have the names of deepspeech.h.
#ifndef DS_JAVASCRIPT_RESULTS_H_
#define DS_JAVASCRIPT_RESULTS_H_

#include <node_api.h>

#include <memory>
#include <string>
#include <vector>

#include "deepspeech.h"

namespace ds {

// Part of what is too much to be made into objects at once; an end behind the last one is the last.
struct Range {
  unsigned begin, end;
};

// A phrase that a stream has heard.
struct FoundKeyword {
  std::string phrase;
  double start_time, end_time, score;
};

// What dsc_read_audio returns.
using AudioPtr = std::unique_ptr<short, void (*)(void*)>;

napi_value FromText(napi_env env, const char* text);
napi_value FromNumber(napi_env env, double number);
// {text, confidence, tokens, words, trust, calibrated, intent, slots}: of tokens and words how
// many.
napi_value FromTranscript(napi_env env, const Metadata& metadata, unsigned number);
// Some tokens or words of a transcript.
napi_value FromTokens(napi_env env, const Metadata& metadata, unsigned number, Range range);
napi_value FromWords(napi_env env, const Metadata& metadata, unsigned number, Range range);
// {symbols: [...], steps, probabilities: Float32Array}
napi_value FromEmissions(napi_env env, std::vector<float> probabilities,
                         const std::vector<std::string>& symbols);
// {duration, lines, words, letters}: of the last three, how many.
napi_value FromAlignment(napi_env env, const Alignment& alignment);
// Some of these.
napi_value FromParts(napi_env env, const AlignedPart* parts, unsigned count, Range range);
// [{phrase, start_time, end_time, score}]
napi_value FromKeywords(napi_env env, const std::vector<FoundKeyword>& keywords);
// [{start, end}], in samples
napi_value FromSegments(napi_env env, const std::vector<SpeechSegment>& segments);
napi_value FromInfo(napi_env env, const ModelInfo& info);
napi_value FromSamples(napi_env env, AudioPtr samples, size_t count);

}  // namespace ds

#endif  // DS_JAVASCRIPT_RESULTS_H_
