// Decodes posteriors and prints what came out, with all bits: for the test that every processor
// says the same (test_processors.py).
//
//   decode_probe ALPHABET SCORER|- ALPHA BETA BEAM CUTOFF_PROB HOT_WORD|- POSTERIORS
//
// POSTERIORS holds uint32 frames, uint32 classes and the float32 values, again and again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "decoder/ctc_decoder.h"

int main(int argc, char** argv) {
  if (argc != 9) return 2;
  const ds::Alphabet alphabet = ds::Alphabet::Load(argv[1]);
  std::shared_ptr<ds::Scorer> scorer;
  if (argv[2][0] != '-') {
    scorer = std::make_shared<ds::Scorer>(argv[2], alphabet);
    scorer->SetWeights(std::atof(argv[3]), std::atof(argv[4]));
  }
  ds::DecoderOptions options;
  options.beam_width = static_cast<size_t>(std::atoi(argv[5]));
  options.cutoff_prob = std::atof(argv[6]);
  if (argv[7][0] != '-') options.hot_words[argv[7]] = 3.5f;
  std::FILE* file = std::fopen(argv[8], "rb");
  uint32_t shape[2];
  while (file && std::fread(shape, sizeof shape, 1, file) == 1) {
    std::vector<float> probs(size_t{shape[0]} * shape[1]);
    if (std::fread(probs.data(), sizeof(float), probs.size(), file) != probs.size()) return 1;
    ds::Decoder decoder(alphabet, options, scorer);
    decoder.Step(probs.data(), shape[0], shape[1]);
    for (const ds::Output& output : decoder.Decode(3)) {
      std::printf("%.17g", output.confidence);
      for (size_t i = 0; i < output.tokens.size(); ++i) {
        std::printf(" %d@%u-%u", output.tokens[i], output.timesteps[i], output.ends[i]);
      }
      std::printf("\n");
    }
  }
  return file ? 0 : 1;
}
