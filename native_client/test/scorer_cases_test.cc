// Opens made-up scorers: each gives a code and a line, or decodes; never a crash.
//
//   scorer_cases_test < CASES
//
// CASES are scorers one after the other, each behind its size in four bytes (little endian). Every
// one is opened for an alphabet of words, for bytes output and for an alphabet without a space, and
// what opens decodes some frames. Prints how many openings were refused and how many worked;
// standard error ends with the number of the case that was last at work, which has 20 seconds.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "base/error.h"
#include "decoder/ctc_decoder.h"
#include "scorer/scorer.h"

namespace {

ds::Alphabet Letters(const std::string& labels) {
  ds::Alphabet alphabet;
  for (const char c : labels) alphabet.labels.push_back(std::string(1, c));
  return alphabet;
}

// Noise through a beam search; one hot word that the scorer knows and others that it does not.
void Decode(const std::shared_ptr<const ds::Scorer>& scorer, const ds::Alphabet& alphabet) {
  const size_t classes = alphabet.labels.size() + 1;
  std::vector<float> probs(classes);
  ds::DecoderOptions options;
  options.beam_width = 16;
  options.hot_words = {{"ab", 2.0f}, {"c", -1.0f}, {"bca", 1.0f}};
  ds::Decoder decoder(alphabet, options, scorer);
  uint32_t random = 1;
  for (int frame = 0; frame < 24; ++frame) {
    float sum = 0;
    for (float& p : probs) {
      random = random * 1664525u + 1013904223u;
      p = static_cast<float>(random >> 20) * static_cast<float>(random >> 20) + 1;
      sum += p;
    }
    for (float& p : probs) p /= sum;
    decoder.Step(probs.data(), 1, classes);
  }
  decoder.Decode(2);
}

// Whether a scorer could be used; ends the program where a refusal says nothing, or too much.
bool Try(const std::shared_ptr<const std::string>& bytes, const ds::Alphabet& alphabet) {
  try {
    const std::shared_ptr<const void> data(bytes, bytes->data());
    Decode(std::make_shared<const ds::Scorer>(data, bytes->size(), alphabet), alphabet);
    return true;
  } catch (const ds::Error& e) {
    const std::string message = e.what();
    if (!message.empty() && message.find('\n') == std::string::npos) return false;
    std::fprintf(stderr, "code %d with the message '%s'\n", e.code(), e.what());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "out of memory\n");
  }
  std::exit(1);
}

}  // namespace

int main() {
  const ds::Alphabet alphabets[] = {Letters(" abcdefghij'"), ds::Alphabet::Bytes(),
                                    Letters("abcdefghij'")};
  int refused = 0, worked = 0;
  unsigned char size[4];
  for (int number = 0; std::fread(size, 1, sizeof size, stdin) == sizeof size; ++number) {
    std::fprintf(stderr, "%d\n", number);
    auto bytes = std::make_shared<std::string>(
        size[0] | size[1] << 8 | size[2] << 16 | static_cast<size_t>(size[3]) << 24, '\0');
    if (std::fread(&(*bytes)[0], 1, bytes->size(), stdin) != bytes->size()) return 2;
    alarm(20);
    for (const ds::Alphabet& alphabet : alphabets) ++(Try(bytes, alphabet) ? worked : refused);
  }
  std::printf("%d %d\n", refused, worked);
  return 0;
}
