// Aligns a text with a recording as the network's probabilities come: which of it is spoken, where.
//
//   Aligner aligner(alphabet, text);
//   aligner.Step(probs, steps, classes);        // as often as there is more
//   const Alignment found = aligner.Finish(voiced, reach);
//
// The first pass follows the probabilities and finds the words (word_search.h); the second finds
// the letters of each in its stretch (letter_times.h). Memory grows by 6 MB an hour.
#ifndef DS_ALIGN_ALIGNER_H_
#define DS_ALIGN_ALIGNER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "align/alignment.h"
#include "align/edges.h"
#include "align/emissions.h"
#include "align/text.h"
#include "align/word_search.h"
#include "base/alphabet.h"

namespace ds {

class Aligner {
 public:
  Aligner(const Alphabet& alphabet, std::string text, const AlignCosts& costs = {});

  const Text& text() const { return text_; }
  // Probabilities [steps, classes] after softmax, blank last.
  void Step(const float* probs, int steps, int classes);
  // A line is found if at least half of its labels are and its confidence is 0.035 or more; else
  // its words are found whose own is. What is not found stands where it is missing: between what is
  // found before and after it. Words beside a pause are `voiced` to its edge (edges.h).
  Alignment Finish(const std::vector<Voiced>& voiced = {}, uint32_t reach = 0);

 private:
  void PlaceWord(size_t word, size_t begin, size_t end, Alignment* alignment) const;
  void DropUnheard(const TextPart& line, Alignment* alignment) const;
  Place PlaceOf(const TextPart& line, const Alignment& alignment) const;
  void PlaceMissing(Alignment* alignment) const;

  const Text text_;
  Emissions emissions_;
  WordSearch search_;
  StepScores scores_;
};

}  // namespace ds
#endif  // DS_ALIGN_ALIGNER_H_
