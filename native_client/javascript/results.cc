#include "javascript/results.h"

#include <cstring>
#include <memory>
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

napi_value FromTranscript(napi_env env, const Metadata& metadata, unsigned number) {
  const CandidateTranscript& transcript = metadata.transcripts[number];
  std::string text;
  for (unsigned i = 0; i < transcript.num_tokens; ++i) text += transcript.tokens[i].text;
  const auto token = [&](size_t i) {
    const TokenMetadata& it = transcript.tokens[i];
    return Object(env)
        .Set("text", it.text)
        .Set("timestep", it.timestep)
        .Set("start_time", it.start_time)
        .value();
  };
  unsigned num_words = 0;
  const WordMetadata* words = DS_GetWords(&metadata, number, &num_words);
  const auto word = [&](size_t i) {
    return Object(env)
        .Set("text", words[i].text)
        .Set("start_time", words[i].start_time)
        .Set("end_time", words[i].end_time)
        .Set("confidence", words[i].confidence)
        .value();
  };
  return Object(env)
      .Set("text", text.c_str())
      .Set("confidence", transcript.confidence)
      .Set("tokens", Array(env, transcript.num_tokens, token))
      .Set("words", Array(env, num_words, word))
      .value();
}

// The memory of an array: that of the vector, or a copy where JavaScript takes none from outside.
napi_value TakenOver(napi_env env, std::vector<float> numbers) {
  napi_value memory = nullptr;
  const size_t bytes = numbers.size() * sizeof(float);
  auto own = std::make_unique<std::vector<float>>(std::move(numbers));
  const auto drop = [](napi_env, void*, void* vector) {
    delete static_cast<std::vector<float>*>(vector);
  };
  if (bytes && napi_create_external_arraybuffer(env, own->data(), bytes, drop, own.get(),
                                                &memory) == napi_ok) {
    own.release();
    return memory;
  }
  void* data = nullptr;
  napi_create_arraybuffer(env, bytes, &data, &memory);
  if (bytes) std::memcpy(data, own->data(), bytes);
  return memory;
}

Object FromPart(napi_env env, const AlignedPart& part) {
  return Object(env)
      .Set("text", part.text)
      .Set("start_time", part.start_time)
      .Set("end_time", part.end_time)
      .Set("confidence", part.confidence)
      .SetFlag("found", part.found);
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

napi_value FromMetadata(napi_env env, const Metadata& metadata) {
  const auto transcript = [&](size_t i) {
    return FromTranscript(env, metadata, static_cast<unsigned>(i));
  };
  return Object(env).Set("transcripts", Array(env, metadata.num_transcripts, transcript)).value();
}

napi_value FromEmissions(napi_env env, std::vector<float> probabilities,
                         const std::vector<std::string>& symbols) {
  const size_t count = probabilities.size();
  napi_value numbers = nullptr;
  napi_create_typedarray(env, napi_float32_array, count, TakenOver(env, std::move(probabilities)),
                         0, &numbers);
  const auto symbol = [&](size_t i) { return FromText(env, symbols[i].c_str()); };
  return Object(env)
      .Set("symbols", Array(env, symbols.size(), symbol))
      .Set("steps", symbols.empty() ? 0.0 : static_cast<double>(count / symbols.size()))
      .Set("probabilities", numbers)
      .value();
}

napi_value FromAlignment(napi_env env, const Alignment& alignment) {
  const auto line = [&](size_t i) {
    const AlignedPart& whole = alignment.lines[i];
    const auto word = [&](size_t k) {
      const AlignedPart& part = alignment.words[whole.first + k];
      const auto letter = [&](size_t j) {
        return FromPart(env, alignment.letters[part.first + j]).value();
      };
      return FromPart(env, part).Set("letters", Array(env, part.count, letter)).value();
    };
    return FromPart(env, whole).Set("words", Array(env, whole.count, word)).value();
  };
  return Object(env)
      .Set("duration", alignment.duration)
      .Set("lines", Array(env, alignment.num_lines, line))
      .value();
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

napi_value FromSamples(napi_env env, const short* samples, size_t count) {
  napi_value memory = nullptr, array = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, count * sizeof(short), &data, &memory) != napi_ok) {
    return nullptr;
  }
  if (count) std::memcpy(data, samples, count * sizeof(short));
  napi_create_typedarray(env, napi_int16_array, count, memory, 0, &array);
  return array;
}

}  // namespace ds
