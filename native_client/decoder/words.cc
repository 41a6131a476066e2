#include "decoder/words.h"

#include <algorithm>
#include <cmath>

namespace ds {

std::vector<Word> Words(const Output& output, const Alphabet& alphabet) {
  std::vector<Word> words;
  const int space = alphabet.space();
  size_t i = 0;
  while (i < output.tokens.size()) {
    if (output.tokens[i] == space) {
      ++i;
      continue;
    }
    Word word{"", output.timesteps[i], 0, 0};
    double log_sum = 0;
    const size_t begin = i;
    for (; i < output.tokens.size() && output.tokens[i] != space; ++i) {
      word.text += alphabet.labels[output.tokens[i]];
      word.end = output.ends[i];
      log_sum += std::log(std::max(static_cast<double>(output.peaks[i]), 1e-30));
    }
    word.confidence = std::min(1.0, std::exp(log_sum / static_cast<double>(i - begin)));
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace ds
