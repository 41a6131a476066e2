// What the decoder found, in the structs of deepspeech.h.
#ifndef DS_API_RESULTS_H_
#define DS_API_RESULTS_H_

#include <string>
#include <vector>

#include "confidence/judgement.h"
#include "deepspeech.h"

namespace ds {

// Owns everything that a Metadata points to; `metadata` comes first, so that its address is the
// block's.
struct MetadataBlock {
  // `probs`: of all labels and the blank, step by step; empty: none were asked for.
  explicit MetadataBlock(std::vector<Judged> judged, const Alphabet& alphabet, float step_seconds,
                         std::vector<double> probs = {});
  MetadataBlock(const MetadataBlock&) = delete;
  MetadataBlock& operator=(const MetadataBlock&) = delete;

  Metadata metadata;
  std::vector<CandidateTranscript> transcripts;
  std::vector<std::vector<TokenMetadata>> tokens;
  std::vector<Judged> results;  // with the texts of tokens and words
  std::vector<std::vector<WordMetadata>> words;
  std::vector<std::vector<Confidence>> word_confidences;
  std::vector<Confidences> confidences;
  std::vector<std::vector<SlotMetadata>> slots;
  std::vector<double> probs;
  std::vector<std::string> symbol_texts;
  std::vector<const char*> symbols;
  AcousticModelEmissions emissions = {};
};

}  // namespace ds
#endif  // DS_API_RESULTS_H_
