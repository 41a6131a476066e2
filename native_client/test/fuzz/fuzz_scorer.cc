// Any bytes as a .scorer, KenLM binary or ARPA file; what opens decodes some frames.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "decoder/ctc_decoder.h"
#include "scorer/scorer.h"

namespace {

ds::Alphabet Words() {
  ds::Alphabet alphabet;
  alphabet.labels = {" "};
  for (char c = 'a'; c <= 'z'; ++c) alphabet.labels.push_back(std::string(1, c));
  alphabet.labels.push_back("'");
  return alphabet;
}

void Use(const uint8_t* data, size_t size, const ds::Alphabet& alphabet) {
  const std::shared_ptr<const void> bytes(data, [](const void*) {});  // the fuzzer's own
  std::shared_ptr<const ds::Scorer> scorer;
  try {
    scorer = std::make_shared<const ds::Scorer>(bytes, size, alphabet);
  } catch (const ds::Error&) {
    return;
  }
  const size_t classes = alphabet.labels.size() + 1;
  std::vector<float> probs(classes);
  ds::DecoderOptions options;
  options.beam_width = 16;
  options.hot_words["ab"] = 2.0f;
  ds::Decoder decoder(alphabet, options, scorer);
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
  }
  decoder.Decode(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ds::Alphabet words = Words(), bytes = ds::Alphabet::Bytes();
  Use(data, size, words);
  Use(data, size, bytes);
  return 0;
}
