#include "client/client_c.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "client/audio_reader.h"
#include "client/command.h"
#include "client/convert_command.h"
#include "client/guarded.h"
#include "client/named_model.h"

namespace {

std::vector<std::string> Split(const char* arguments, size_t size) {
  std::vector<std::string> list;
  for (size_t at = 0; at < size; at += list.back().size() + 1) {
    list.emplace_back(arguments + at, strnlen(arguments + at, size - at));
  }
  return list;
}

// Memory that dsc_free takes, with these bytes.
void* Copy(const void* data, size_t size) {
  void* copy = std::malloc(size + 1);
  if (!copy) throw std::bad_alloc();
  if (size) std::memcpy(copy, data, size);
  return copy;
}

}  // namespace

struct AudioPieces {
  ds::AudioReader reader;
};

namespace {

// Throws Error.
std::unique_ptr<AudioPieces> Open(const char* path, int sample_rate) {
  if (sample_rate < 1000 || sample_rate > 768000) {
    throw ds::Error("sample rate " + std::to_string(sample_rate) + ": expected 1000 to 768000 Hz");
  }
  return std::make_unique<AudioPieces>(AudioPieces{ds::AudioReader(path, sample_rate)});
}

// The next samples, as many as there are up to `count`. Throws Error.
size_t Next(AudioPieces* audio, int16_t* samples, size_t count) {
  size_t got = 0;
  while (got < count) {
    const size_t more = audio->reader.Read(samples + got, count - got);
    if (!more) break;
    ds::CheckInterrupt();
    got += more;
  }
  return got;
}

}  // namespace

int dsc_run_command(const char* arguments, size_t size) {
  return ds::Guarded(
      "deepspeech", [&] { return ds::RunCommand(Split(arguments, size), ds::JsonStyle::kPython); });
}

int dsc_run_convert(const char* arguments, size_t size) {
  return ds::Guarded("deepspeech-convert", [&] { return ds::RunConvert(Split(arguments, size)); });
}

void dsc_set_interrupt(int (*stop)(void*), void* user) { ds::SetInterrupt(stop, user); }

void dsc_set_sndfile(const char* path) {
  try {
    ds::SetSndfilePath(path);
  } catch (const std::bad_alloc&) {  // the system's serves too
  }
}

char* dsc_find_models(const char* name, size_t* size, char** message) {
  *message = nullptr;
  *size = 0;
  try {
    std::vector<ds::NamedModel> models;
    if (name) {
      const std::optional<ds::NamedModel> found = ds::FindModel(name);
      models.push_back(found ? *found : ds::NamedModel{"", name, "", "", ""});
    } else {
      models = ds::ListModels();
    }
    std::string fields;
    for (const ds::NamedModel& model : models) {
      for (const std::string* field :
           {&model.name, &model.path, &model.scorer, &model.grammar, &model.title}) {
        fields.append(field->c_str(), field->size() + 1);
      }
    }
    *size = fields.size();
    return static_cast<char*>(Copy(fields.data(), *size));
  } catch (const std::exception& e) {
    *message = strdup(e.what());
    return nullptr;
  }
}

short* dsc_read_audio(const char* path, int sample_rate, size_t* size, char** message) {
  *message = nullptr;
  *size = 0;
  try {
    const std::unique_ptr<AudioPieces> audio = Open(path, sample_rate);
    std::vector<int16_t> samples, block(16384);
    while (const size_t got = Next(audio.get(), block.data(), block.size())) {
      samples.insert(samples.end(), block.begin(),
                     block.begin() + static_cast<std::ptrdiff_t>(got));
    }
    *size = samples.size() * sizeof(short);
    return static_cast<short*>(Copy(samples.data(), *size));
  } catch (const std::exception& e) {
    *message = strdup(e.what());
    return nullptr;
  }
}

AudioPieces* dsc_open_audio(const char* path, int sample_rate, char** message) {
  *message = nullptr;
  try {
    return Open(path, sample_rate).release();
  } catch (const std::exception& e) {
    *message = strdup(e.what());
    return nullptr;
  }
}

long dsc_next_samples(AudioPieces* audio, short* samples, size_t count, char** message) {
  *message = nullptr;
  try {
    return static_cast<long>(Next(audio, samples, count));
  } catch (const std::exception& e) {
    *message = strdup(e.what());
    return -1;
  }
}

double dsc_audio_seconds(const AudioPieces* audio) { return audio->reader.announced_seconds(); }

void dsc_close_audio(AudioPieces* audio) { const std::unique_ptr<AudioPieces> owned(audio); }

void dsc_free(void* memory) { std::free(memory); }
