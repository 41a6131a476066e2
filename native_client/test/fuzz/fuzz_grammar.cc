// Any bytes as a grammar, in words or packed, and as a list of keywords; what is one gets some
// frames.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "decoder/ctc_decoder.h"
#include "decoder/letters.h"
#include "decoder/spoken_slots.h"
#include "grammar/grammar.h"
#include "keywords/keyword_list.h"
#include "keywords/spotter.h"
#include "scorer/scorer.h"

namespace {

ds::Alphabet Letters(const std::string& more) {
  ds::Alphabet alphabet;
  for (char c = 'a'; c <= 'z'; ++c) alphabet.labels.push_back(std::string(1, c));
  for (const char c : more) alphabet.labels.push_back(std::string(1, c));
  return alphabet;
}

// So many frames of probabilities.
std::vector<float> Frames(size_t count, size_t classes) {
  std::vector<float> probs(count * classes);
  uint32_t random = 1;
  for (size_t frame = 0; frame < count; ++frame) {
    float sum = 0;
    for (size_t i = 0; i < classes; ++i) {
      random = random * 1664525u + 1013904223u;
      const float p = static_cast<float>(random >> 20) * static_cast<float>(random >> 20);
      probs[frame * classes + i] = p;
      sum += p;
    }
    for (size_t i = 0; i < classes; ++i) probs[frame * classes + i] /= sum;
  }
  return probs;
}

void Listen(const std::string& text, const ds::Alphabet& alphabet) {
  const size_t classes = alphabet.labels.size() + 1;
  const std::vector<float> probs = Frames(24, classes);
  std::vector<ds::KeywordHit> hits;
  try {
    ds::Spotter spotter(ds::ReadKeywords(text, alphabet), alphabet);
    spotter.Step(probs.data(), 24, classes, &hits);
    spotter.Finish(&hits);
  } catch (const ds::Error&) {
  }
}

// Knows the words of some slots of free speech.
std::shared_ptr<const ds::Scorer> SlotScorer(const ds::Alphabet& alphabet) {
  static const std::string arpa =
      "\\data\\\nngram 1=8\nngram 2=2\n\n\\1-grams:\n-99\t<s>\t0\n-1\t</s>\n-5\t<unk>\n-1\ta\t0\n"
      "-1\tb\t0\n-1\t[a]\t0\n-1\t[b]\t0\n-1\t[name]\t0\n\n\\2-grams:\n-1\t<s> [a]\n-1\t[a] b\n"
      "\n\\end\\\n";
  return std::make_shared<const ds::Scorer>(std::shared_ptr<const void>(arpa.data(), [](auto) {}),
                                            arpa.size(), alphabet);
}

void Use(const std::string& text, const ds::Alphabet& alphabet) {
  ds::DecoderOptions options;
  options.beam_width = 16;
  std::shared_ptr<const ds::Scorer> scorer;
  try {
    options.grammar = std::make_shared<const ds::Grammar>(text, alphabet);
    if (options.slotted()) {
      scorer = SlotScorer(alphabet);
      ds::Decoder(alphabet, options, scorer);  // throws where they do not fit each other
    }
  } catch (const ds::Error&) {
    return;
  }
  const size_t classes = alphabet.labels.size() + 1;
  const std::vector<float> probs = Frames(24, classes);
  ds::Decoder decoder(alphabet, options, scorer);
  for (size_t frame = 0; frame < 24; ++frame) {
    decoder.Step(probs.data() + frame * classes, 1, classes);
    decoder.DecodeSoFar(1);
  }
  for (const ds::Output& output : decoder.Decode(2)) {
    ds::SpokenSlots(output, ds::Letters(output, alphabet));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const ds::Alphabet words = Letters(" '"), letters = Letters(""),
                            bytes = ds::Alphabet::Bytes();
  // With a line of its own: no text is the name of a file, which would be read.
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.compare(0, 5, "DSGRA") != 0) text += '\n';
  for (const ds::Alphabet* alphabet : {&words, &letters, &bytes}) {
    Use(text, *alphabet);
    Listen(text + '\n', *alphabet);
  }
  return 0;
}
