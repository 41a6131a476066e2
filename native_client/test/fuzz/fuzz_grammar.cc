// Any bytes as a grammar, in words or packed; what is one decodes some frames.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "decoder/ctc_decoder.h"
#include "decoder/spoken_slots.h"
#include "grammar/grammar.h"

namespace {

ds::Alphabet Letters(const std::string& more) {
  ds::Alphabet alphabet;
  for (char c = 'a'; c <= 'z'; ++c) alphabet.labels.push_back(std::string(1, c));
  for (const char c : more) alphabet.labels.push_back(std::string(1, c));
  return alphabet;
}

void Use(const std::string& text, const ds::Alphabet& alphabet) {
  ds::DecoderOptions options;
  options.beam_width = 16;
  try {
    options.grammar = std::make_shared<const ds::Grammar>(text, alphabet);
  } catch (const ds::Error&) {
    return;
  }
  const size_t classes = alphabet.labels.size() + 1;
  std::vector<float> probs(classes);
  ds::Decoder decoder(alphabet, options);
  uint32_t random = 1;
  for (int frame = 0; frame < 24; ++frame) {
    float sum = 0;
    for (float& p : probs) {
      random = random * 1664525u + 1013904223u;
      p = static_cast<float>(random >> 20) * static_cast<float>(random >> 20);
      sum += p;
    }
    for (float& p : probs) p /= sum;
    decoder.Step(probs.data(), 1, classes);
    decoder.DecodeSoFar(1);
  }
  for (const ds::Output& output : decoder.Decode(2)) ds::SpokenSlots(output, alphabet);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ds::Alphabet words = Letters(" '"), letters = Letters(""),
                            bytes = ds::Alphabet::Bytes();
  // With a line of its own: no text is the name of a file, which would be read.
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.compare(0, 5, "DSGRA") != 0) text += '\n';
  for (const ds::Alphabet* alphabet : {&words, &letters, &bytes}) Use(text, *alphabet);
  return 0;
}
