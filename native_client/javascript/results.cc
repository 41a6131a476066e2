#include "javascript/results.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ds {
namespace {

// An object, made field by field.
class Object {
 public:
  explicit Object(napi_env env) : env_(env) { napi_create_object(env, &value_); }
  Object& Set(const char* name, napi_value value) {
    napi_set_named_property(env_, value_, name, value);
    return *this;
  }
  Object& Set(const char* name, double number) { return Set(name, FromNumber(env_, number)); }
  Object& Set(const char* name, const char* text) { return Set(name, FromText(env_, text)); }
  Object& SetFlag(const char* name, bool flag) {
    napi_value value = nullptr;
    napi_get_boolean(env_, flag, &value);
    return Set(name, value);
  }
  napi_value value() const { return value_; }

 private:
  napi_env env_;
  napi_value value_ = nullptr;
};

// An array of make(0) to make(count - 1). What each of them takes is given back at once.
template <typename MakeItem>
napi_value Array(napi_env env, size_t count, MakeItem make) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, count, &array);
  for (size_t i = 0; i < count; ++i) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env, &scope) != napi_ok) break;
    napi_set_element(env, array, static_cast<uint32_t>(i), make(i));
    napi_close_handle_scope(env, scope);
  }
  return array;
}

// An array of make(i) for the numbers of a range.
template <typename MakeItem>
napi_value Array(napi_env env, Range range, unsigned count, MakeItem make) {
  const unsigned end = std::min(range.end, count), begin = std::min(range.begin, end);
  return Array(env, end - begin, [&](size_t i) { return make(begin + i); });
}

// The memory of an array: what `owner` keeps, or a copy where JavaScript takes none from outside.
template <typename Owner>
napi_value TakenOver(napi_env env, Owner owner, void* data, size_t bytes) {
  napi_value memory = nullptr;
  auto kept = std::make_unique<Owner>(std::move(owner));
  const auto drop = [](napi_env, void*, void* it) { delete static_cast<Owner*>(it); };
  if (bytes &&
      napi_create_external_arraybuffer(env, data, bytes, drop, kept.get(), &memory) == napi_ok) {
    kept.release();
    return memory;
  }
  void* copy = nullptr;
  if (napi_create_arraybuffer(env, bytes, &copy, &memory) != napi_ok) return nullptr;
  if (bytes) std::memcpy(copy, data, bytes);
  return memory;
}

napi_value FromConfidence(napi_env env, const Confidence& trust) {
  return Object(env)
      .Set("probability", trust.probability)
      .Set("fit", trust.fit)
      .Set("share", trust.share)
      .value();
}

napi_value FromSlots(napi_env env, const Metadata& metadata, unsigned number) {
  unsigned count = 0;
  const SlotMetadata* slots = DS_GetSlots(&metadata, number, &count);
  return Array(env, count, [&](size_t i) {
    return Object(env)
        .Set("name", slots[i].name)
        .Set("text", slots[i].text)
        .Set("value", slots[i].value)
        .Set("start_time", slots[i].start_time)
        .Set("end_time", slots[i].end_time)
        .value();
  });
}

napi_value FromPart(napi_env env, const AlignedPart& part) {
  return Object(env)
      .Set("text", part.text)
      .Set("start_time", part.start_time)
      .Set("end_time", part.end_time)
      .Set("confidence", part.confidence)
      .SetFlag("found", part.found)
      .Set("first", part.first)
      .Set("count", part.count)
      .value();
}

}  // namespace

napi_value FromText(napi_env env, const char* text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

napi_value FromNumber(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

napi_value FromTranscript(napi_env env, const Metadata& metadata, unsigned number) {
  const CandidateTranscript& transcript = metadata.transcripts[number];
  std::string text;
  for (unsigned i = 0; i < transcript.num_tokens; ++i) text += transcript.tokens[i].text;
  unsigned num_words = 0;
  DS_GetWords(&metadata, number, &num_words);
  const Confidences* trust = DS_GetConfidences(&metadata, number);
  const char* intent = DS_GetIntent(&metadata, number);
  napi_value null = nullptr;
  napi_get_null(env, &null);
  return Object(env)
      .Set("text", text.c_str())
      .Set("confidence", transcript.confidence)
      .Set("tokens", transcript.num_tokens)
      .Set("words", num_words)
      .Set("trust", FromConfidence(env, trust->text))
      .SetFlag("calibrated", trust->calibrated)
      .Set("intent", intent ? FromText(env, intent) : null)
      .Set("slots", FromSlots(env, metadata, number))
      .value();
}

napi_value FromTokens(napi_env env, const Metadata& metadata, unsigned number, Range range) {
  const CandidateTranscript& transcript = metadata.transcripts[number];
  return Array(env, range, transcript.num_tokens, [&](size_t i) {
    const TokenMetadata& it = transcript.tokens[i];
    return Object(env)
        .Set("text", it.text)
        .Set("timestep", it.timestep)
        .Set("start_time", it.start_time)
        .value();
  });
}

napi_value FromWords(napi_env env, const Metadata& metadata, unsigned number, Range range) {
  unsigned count = 0;
  const WordMetadata* words = DS_GetWords(&metadata, number, &count);
  const Confidences* trust = DS_GetConfidences(&metadata, number);
  return Array(env, range, count, [&](size_t i) {
    return Object(env)
        .Set("text", words[i].text)
        .Set("start_time", words[i].start_time)
        .Set("end_time", words[i].end_time)
        .Set("confidence", words[i].confidence)
        .Set("trust", FromConfidence(env, trust->words[i]))
        .value();
  });
}

napi_value FromEmissions(napi_env env, std::vector<float> probabilities,
                         const std::vector<std::string>& symbols) {
  const size_t count = probabilities.size();
  float* data = probabilities.data();  // a vector that is moved keeps its place
  napi_value numbers = nullptr;
  napi_create_typedarray(env, napi_float32_array, count,
                         TakenOver(env, std::move(probabilities), data, count * sizeof(float)), 0,
                         &numbers);
  const auto symbol = [&](size_t i) { return FromText(env, symbols[i].c_str()); };
  return Object(env)
      .Set("symbols", Array(env, symbols.size(), symbol))
      .Set("steps", symbols.empty() ? 0.0 : static_cast<double>(count / symbols.size()))
      .Set("probabilities", numbers)
      .value();
}

napi_value FromAlignment(napi_env env, const Alignment& alignment) {
  return Object(env)
      .Set("duration", alignment.duration)
      .Set("lines", alignment.num_lines)
      .Set("words", alignment.num_words)
      .Set("letters", alignment.num_letters)
      .value();
}

napi_value FromParts(napi_env env, const AlignedPart* parts, unsigned count, Range range) {
  return Array(env, range, count, [&](size_t i) { return FromPart(env, parts[i]); });
}

napi_value FromKeywords(napi_env env, const std::vector<FoundKeyword>& keywords) {
  return Array(env, keywords.size(), [&](size_t i) {
    const FoundKeyword& it = keywords[i];
    return Object(env)
        .Set("phrase", it.phrase.c_str())
        .Set("start_time", it.start_time)
        .Set("end_time", it.end_time)
        .Set("score", it.score)
        .value();
  });
}

napi_value FromSegments(napi_env env, const std::vector<SpeechSegment>& segments) {
  return Array(env, segments.size(), [&](size_t i) {
    return Object(env)
        .Set("start", static_cast<double>(segments[i].start))
        .Set("end", static_cast<double>(segments[i].end))
        .value();
  });
}

napi_value FromInfo(napi_env env, const ModelInfo& info) {
  const auto label = [&](size_t i) { return FromText(env, info.labels[i]); };
  return Object(env)
      .Set("language", info.language)
      .Set("version", info.version)
      .Set("feature_type", info.feature_type)
      .Set("labels", Array(env, info.num_labels, label))
      .SetFlag("bytes_output", info.bytes_output)
      .Set("n_hidden", info.n_hidden)
      .Set("n_input", info.n_input)
      .Set("n_context", info.n_context)
      .SetFlag("bidirectional", info.bidirectional)
      .SetFlag("layer_norm", info.layer_norm)
      .Set("step_seconds", info.step_seconds)
      .Set("precision", info.precision)
      .Set("instruction_set", info.instruction_set)
      .Set("threads", info.threads)
      .value();
}

napi_value FromSamples(napi_env env, AudioPtr samples, size_t count) {
  napi_value array = nullptr;
  short* data = samples.get();
  napi_create_typedarray(env, napi_int16_array, count,
                         TakenOver(env, std::move(samples), data, count * sizeof(short)), 0,
                         &array);
  return array;
}

}  // namespace ds
