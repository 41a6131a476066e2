// What is given out of what the search found: with probabilities, and without what is rejected.
#ifndef DS_CONFIDENCE_JUDGEMENT_H_
#define DS_CONFIDENCE_JUDGEMENT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "confidence/calibration.h"
#include "decoder/evidence.h"
#include "decoder/letters.h"
#include "decoder/output.h"
#include "decoder/spoken_slots.h"

namespace ds {

struct JudgedWord {
  std::string text;
  uint32_t start, end;  // frames
  double clarity;       // geometric mean of its labels' highest probabilities
  Evidence evidence;
  double probability;  // that it is right; raw where there is no curve
};

struct Judged {
  Output output;
  std::vector<Letter> letters;  // whose texts in a row are the text
  std::vector<JudgedWord> words;
  std::string intent;             // with the slots, what a grammar makes of it
  std::vector<SpokenSlot> slots;  // those of a rejected word mean [unk]; a rejected text has none
  Evidence evidence;
  double probability;
  bool calibrated;
};

// By what to judge: curves, if there are any, and probabilities below which a text or a word
// becomes [unk]; 0 rejects nothing.
struct Judge {
  Curves curves;
  double least_text = 0, least_word = 0;

  bool rejects() const { return least_text > 0 || least_word > 0; }
  Judge Lenient() const { return {curves, 0, 0}; }  // for what is not at its end
  // Where the best text is rejected, it is the only one.
  std::vector<Judged> operator()(const Found& found, const Alphabet& alphabet) const;
};

}  // namespace ds
#endif  // DS_CONFIDENCE_JUDGEMENT_H_
