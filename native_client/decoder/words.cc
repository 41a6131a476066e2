#include "decoder/words.h"

#include <algorithm>
#include <cmath>

#include "decoder/letters.h"

namespace ds {

std::vector<Word> Words(const Output& output, const Alphabet& alphabet) {
  std::vector<Word> words;
  double log_sum = 0;
  size_t count = 0;  // labels of the word under way
  const auto end_word = [&] {
    if (count == 0) return;
    words.back().confidence = std::min(1.0, std::exp(log_sum / static_cast<double>(count)));
    log_sum = 0;
    count = 0;
  };
  for (const Letter& letter : Letters(output, alphabet)) {
    if (letter.text == " ") {
      end_word();
      continue;
    }
    if (count == 0) words.push_back({"", output.timesteps[letter.first], 0, 0, letter.first, 0});
    Word& word = words.back();
    word.text += letter.text;
    for (size_t i = letter.first; i < letter.first + letter.count; ++i) {
      word.end = output.ends[i];
      log_sum += std::log(std::max(static_cast<double>(output.peaks[i]), 1e-30));
      ++count;
    }
    word.count = count;
  }
  end_word();
  return words;
}

}  // namespace ds
