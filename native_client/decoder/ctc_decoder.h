// CTC prefix beam search: from the network's probabilities, frame by frame, to transcripts.
//
//   Decoder decoder(alphabet, options, scorer);   // scorer may be null
//   decoder.Step(probs, frames, classes);         // as often as there is more
//   std::vector<Output> best = decoder.Decode(3); // any time; Step may go on afterwards
//
// Feeding a stream in pieces gives the same bits as feeding it at once. Results equal those of
// ds_ctcdecoder 0.9.3 (doc/inside/decoder.md tells the differences). One thread per decoder.
#ifndef DS_DECODER_CTC_DECODER_H_
#define DS_DECODER_CTC_DECODER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/alphabet.h"
#include "decoder/hot_words.h"
#include "decoder/output.h"
#include "grammar/grammar.h"
#include "scorer/scorer.h"

namespace ds {

struct DecoderOptions {
  size_t beam_width = 500;
  // Below 1: labels of a frame are tried, the most probable first, until their probabilities sum up
  // to cutoff_prob, and at most cutoff_top_n of them. At 1 all are, whatever cutoff_top_n says.
  double cutoff_prob = 1.0;
  size_t cutoff_top_n = 40;
  HotWords hot_words;
  // With a scorer of words: those that it does not know may be written too, each at this cost in
  // nats (0 or more) instead of alpha * log p. Without it none may, as in 0.9.3.
  std::optional<double> oov_cost;
  // Or null. With one, a scorer is not asked, unless the grammar is for slots of free speech.
  std::shared_ptr<const Grammar> grammar;
  bool slotted() const { return grammar && !grammar->slots().empty(); }
};

class SearchBase;
struct Frame;

class Decoder {
 public:
  // Throws Error for options that make no sense, UnspellableWord for a hot word that the alphabet
  // cannot spell. `alphabet` is copied.
  Decoder(const Alphabet& alphabet, const DecoderOptions& options,
          std::shared_ptr<const Scorer> scorer = nullptr);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Probabilities [frames, classes] after softmax, blank last; classes must be labels + 1. Throws
  // Error for another number and for values below zero or not finite.
  void Step(const float* probs, size_t frames, size_t classes) { StepT(probs, frames, classes); }
  void Step(const double* probs, size_t frames, size_t classes) { StepT(probs, frames, classes); }

  // The best transcripts so far, best first: at most `count`. With a grammar, whole texts of it.
  std::vector<Output> Decode(size_t count = 1) const;
  // The same where more will come: beginnings of texts too.
  std::vector<Output> DecodeSoFar(size_t count = 1) const;

  // The transcripts of Decode, or where they have not `ended` those of DecodeSoFar, with rivals
  // that are enough to weigh them by.
  Found Find(size_t count, bool ended) const;

  // A copy that may go on by itself; it must not outlive this decoder.
  Decoder Fork() const;

  void Reset();  // begins a new stream with the same settings
  uint32_t frames() const { return time_; }
  const Alphabet& alphabet() const { return *alphabet_; }

 private:
  Decoder() = default;
  Found Find(size_t outputs, size_t rivals, bool ended) const;
  template <class Real>
  void StepT(const Real* probs, size_t frames, size_t classes);
  template <class Real>
  void ReadFrame(const Real* probs);

  std::unique_ptr<Alphabet> alphabet_;
  DecoderOptions options_;
  std::shared_ptr<const Scorer> scorer_;
  std::unique_ptr<SearchBase> search_;
  std::unique_ptr<Frame> frame_;
  uint32_t time_ = 0;
  bool started_ = false;  // leading frames of pure blank are passed over, as in 0.9.3
};

}  // namespace ds
#endif  // DS_DECODER_CTC_DECODER_H_
