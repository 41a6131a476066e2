// Reads recordings as the command does, at their own rate or at RATE:
//
//   audio_probe RATE FILE...      RATE 0: without resampling
//
// Prints for each a line of JSON: its samples (their
// number), rate and notes, or the error. With the environment's AUDIO_PROBE_OUT, writes the samples
// there.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "client/audio_reader.h"

namespace {

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", c);
      out += code;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void Probe(const std::string& path, int rate, std::FILE* out) {
  try {
    if (rate == 0) rate = ds::OpenAudio(path, 16000)->rate();
    ds::AudioReader reader(path, rate);
    std::vector<int16_t> block(16000);
    uint64_t count = 0;
    while (const size_t got = reader.Read(block.data(), block.size())) {
      count += got;
      if (out) std::fwrite(block.data(), sizeof block[0], got, out);
    }
    std::string notes;
    for (const std::string& note : reader.notes())
      notes += (notes.empty() ? "" : ", ") + Quoted(note);
    std::printf("{\"samples\": %llu, \"rate\": %d, \"notes\": [%s]}\n",
                static_cast<unsigned long long>(count), rate, notes.c_str());
  } catch (const ds::AudioError& e) {
    std::printf("{\"error\": %s}\n", Quoted(e.what()).c_str());
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const char* name = std::getenv("AUDIO_PROBE_OUT");
  std::FILE* out = name ? std::fopen(name, "wb") : nullptr;
  for (int i = 2; i < argc; ++i) Probe(argv[i], std::atoi(argv[1]), out);
  if (out) std::fclose(out);
  return 0;
}
