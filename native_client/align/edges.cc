#include "align/edges.h"

#include <algorithm>
#include <cstddef>

namespace ds {
namespace {

// The last time in `times` from `least` to `most`, or `most` if there is none.
uint32_t LastWithin(const std::vector<uint32_t>& times, uint32_t least, uint32_t most) {
  const auto after = std::upper_bound(times.begin(), times.end(), most);
  return after != times.begin() && *(after - 1) >= least ? *(after - 1) : most;
}

// The first time in `times` from `least` to `most`, or `least` if there is none.
uint32_t FirstWithin(const std::vector<uint32_t>& times, uint32_t least, uint32_t most) {
  const auto first = std::lower_bound(times.begin(), times.end(), least);
  return first != times.end() && *first <= most ? *first : least;
}

}  // namespace

void MoveEdges(const Text& text, const std::vector<Voiced>& voiced, uint32_t reach,
               Alignment* alignment) {
  std::vector<uint32_t> starts, ends;
  for (const Voiced& stretch : voiced) {
    starts.push_back(stretch.start);
    ends.push_back(std::min(stretch.end, alignment->steps));
  }
  std::vector<size_t> found;
  for (size_t w = 0; w < text.words.size(); ++w) {
    if (alignment->words[w].found) found.push_back(w);
  }
  uint32_t before = 0;  // the end of the word before
  for (size_t i = 0; i < found.size(); ++i) {
    Place& word = alignment->words[found[i]];
    const uint32_t after =
        i + 1 < found.size() ? alignment->words[found[i + 1]].start : alignment->steps;
    const uint32_t farthest = word.start - std::min(word.start, reach);
    word.start = LastWithin(starts, std::max(farthest, before), word.start);
    word.end = FirstWithin(ends, word.end, std::min(after, word.end + reach));
    const TextPart& letters = text.words[found[i]];
    alignment->letters[letters.first].start = word.start;
    alignment->letters[letters.first + letters.count - 1].end = word.end;
    before = word.end;
  }
}

}  // namespace ds
