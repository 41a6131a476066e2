// What speaks for a transcript and for its words: what a confidence is made of.
#ifndef DS_DECODER_EVIDENCE_H_
#define DS_DECODER_EVIDENCE_H_

#include <cstddef>
#include <vector>

#include "base/alphabet.h"
#include "decoder/output.h"

namespace ds {

// Two figures from 0 to 1, by what they compare a text with.
struct Evidence {
  // With the best text that nothing constrains: exp of the path's lag behind it, for each label. 1
  // where the network itself would have written the same.
  double fit = 1;
  // With the search's other hypotheses: its share of their probability, scorer and all.
  double share = 1;

  // Both in one: what is to be calibrated.
  double raw() const { return fit * share; }
};

struct Weighed {
  Evidence evidence;
  std::vector<Evidence> words;  // those of Words()
};

// Of each output.
std::vector<Weighed> Weigh(const Found& found, const Alphabet& alphabet);

}  // namespace ds
#endif  // DS_DECODER_EVIDENCE_H_
