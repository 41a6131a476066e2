// What the library returns, as JavaScript's values; the fields have the names of deepspeech.h.
#ifndef DS_JAVASCRIPT_RESULTS_H_
#define DS_JAVASCRIPT_RESULTS_H_

#include <node_api.h>

#include <string>
#include <vector>

#include "deepspeech.h"

namespace ds {

napi_value FromText(napi_env env, const char* text);
napi_value FromNumber(napi_env env, double number);
// {transcripts: [{text, confidence, tokens: [...], words: [...]}]}
napi_value FromMetadata(napi_env env, const Metadata& metadata);
// {symbols: [...], steps, probabilities: Float32Array}
napi_value FromEmissions(napi_env env, std::vector<float> probabilities,
                         const std::vector<std::string>& symbols);
// {duration, lines: [{..., words: [{..., letters: [...]}]}]}
napi_value FromAlignment(napi_env env, const Alignment& alignment);
// [{start, end}], in samples
napi_value FromSegments(napi_env env, const std::vector<SpeechSegment>& segments);
napi_value FromInfo(napi_env env, const ModelInfo& info);
napi_value FromSamples(napi_env env, const short* samples, size_t count);

}  // namespace ds

#endif  // DS_JAVASCRIPT_RESULTS_H_
