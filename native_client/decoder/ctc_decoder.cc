#include "decoder/ctc_decoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "decoder/grammar_text.h"
#include "decoder/hot_words.h"
#include "decoder/search.h"
#include "decoder/slot_reader.h"
#include "decoder/slot_words.h"
#include "decoder/slotted_text.h"

namespace ds {
namespace {

// A blank less probable than this starts the search: before it, labels would get early time steps.
constexpr double kStartBlank = 0.999;

// Transcripts that are enough to know the share of a word.
constexpr size_t kRivals = 20;

std::unique_ptr<SearchBase> MakeSearch(const Alphabet& alphabet, const DecoderOptions& options,
                                       const Scorer* scorer) {
  const bool slotted = options.slotted();
  const SortedHotWords hot =
      Sort(options.hot_words, alphabet, options.grammar && !slotted ? nullptr : scorer, slotted);
  const Phrases phrases(hot.phrases, alphabet.size(),
                        alphabet.bytes_output ? -1 : alphabet.space());
  if (slotted) {
    SlotsOf(scorer, *options.grammar);  // throws where they do not fit
    return std::make_unique<Search<SlottedText>>(
        SlottedText(*scorer, options.grammar, alphabet, hot.added, phrases, options.oov_cost),
        options.beam_width, alphabet.size());
  }
  if (options.grammar) {
    return std::make_unique<Search<GrammarText>>(
        GrammarText(options.grammar, alphabet.size(), phrases), options.beam_width,
        alphabet.size());
  }
  if (!scorer) {
    return std::make_unique<Search<FreeText>>(FreeText(phrases), options.beam_width,
                                              alphabet.size());
  }
  return std::make_unique<Search<ScoredText>>(
      ScoredText(*scorer, alphabet, hot.words, hot.added, phrases, options.oov_cost),
      options.beam_width, alphabet.size());
}

}  // namespace

Decoder::Decoder(const Alphabet& alphabet, const DecoderOptions& options,
                 std::shared_ptr<const Scorer> scorer)
    : alphabet_(std::make_unique<Alphabet>(alphabet)),
      options_(options),
      scorer_(std::move(scorer)),
      frame_(std::make_unique<Frame>()) {
  const auto require = [](bool good, const std::string& message) {
    if (!good) throw Error(message);
  };
  require(options.beam_width >= 1, "beam width is 0: expected 1 or more");
  require(options.beam_width <= 1000000,
          "beam width is " + std::to_string(options.beam_width) + ": expected at most 1000000");
  require(options.cutoff_prob > 0 && options.cutoff_prob <= 1,
          "cutoff_prob is " + std::to_string(options.cutoff_prob) +
              ": expected a number above 0 and at most 1");
  require(options.cutoff_top_n >= 1, "cutoff_top_n is 0: expected 1 or more");
  if (options.oov_cost) {
    require(*options.oov_cost >= 0 && *options.oov_cost <= 1e6,
            "the cost of an unknown word is " + std::to_string(*options.oov_cost) +
                ": expected a number from 0 to 1e6");
    require(!scorer_ || scorer_->units() == Units::kWords,
            "this scorer's words are single characters: unknown ones cannot be spelt");
  }
  frame_->prob.resize(alphabet.size() + 1);
  frame_->log_prob.resize(alphabet.size() + 1);
  Reset();
}

Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Decoder Decoder::Fork() const {
  Decoder copy;
  copy.alphabet_ = std::make_unique<Alphabet>(*alphabet_);
  copy.options_ = options_;
  copy.scorer_ = scorer_;
  copy.search_ = search_->Clone();  // a scored search goes on viewing this decoder's alphabet
  copy.frame_ = std::make_unique<Frame>(*frame_);
  copy.time_ = time_;
  copy.started_ = started_;
  return copy;
}

void Decoder::Reset() {
  search_ = MakeSearch(*alphabet_, options_, scorer_.get());
  time_ = 0;
  started_ = false;
}

std::vector<Output> Decoder::Decode(size_t count) const { return Find(count, 0, true).outputs; }
std::vector<Output> Decoder::DecodeSoFar(size_t count) const {
  return Find(count, 0, false).outputs;
}
Found Decoder::Find(size_t count, bool ended) const {
  return Find(count, std::max(count, kRivals), ended);
}

Found Decoder::Find(size_t outputs, size_t rivals, bool ended) const {
  Found found =
      search_->Find(outputs, rivals, ended, alphabet_->bytes_output ? ' ' - 1 : alphabet_->space());
  if (options_.slotted()) {
    const SlotReader reader(*scorer_, *options_.grammar, *alphabet_,
                            Sort(options_.hot_words, *alphabet_, scorer_.get(), true).added,
                            options_.oov_cost);
    for (Output& output : found.outputs) output.reading = reader.Read(output.tokens);
  } else if (options_.grammar) {
    for (Output& output : found.outputs) output.reading = options_.grammar->Read(output.tokens);
  }
  return found;
}

template <class Real>
void Decoder::StepT(const Real* probs, size_t frames, size_t classes) {
  if (classes != static_cast<size_t>(alphabet_->size()) + 1) {
    throw Error("probabilities have " + std::to_string(classes) + " classes, the alphabet has " +
                std::to_string(alphabet_->size()) +
                " labels: expected labels + 1 (the blank is last)");
  }
  for (size_t i = 0; i < frames; ++i, ++time_, probs += classes) {
    CheckInterrupt();
    if (probs[classes - 1] < kStartBlank) started_ = true;
    ReadFrame(probs);
    if (started_) search_->Advance(*frame_, time_);
  }
}

template <class Real>
void Decoder::ReadFrame(const Real* probs) {
  Frame& frame = *frame_;
  const int blank = alphabet_->blank();
  std::vector<int>& order = frame.by_prob;
  order.clear();
  for (int c = 0; c <= blank; ++c) {
    const double p = static_cast<double>(probs[c]);
    if (!(p >= 0) || !std::isfinite(p)) {
      throw Error("frame " + std::to_string(time_) + ", class " + std::to_string(c) +
                  " has probability " + std::to_string(p) + ": expected 0 to 1 (after softmax)");
    }
    frame.prob[c] = static_cast<float>(p);
    frame.log_prob[c] = LogProb(p);
    order.push_back(c);
  }
  const double p_blank = static_cast<double>(probs[blank]);
  frame.log_blank = p_blank < std::numeric_limits<double>::min()
                        ? -std::numeric_limits<double>::infinity()
                        : Log(p_blank);
  std::sort(order.begin(), order.end(),
            [&](int x, int y) { return probs[x] != probs[y] ? probs[x] > probs[y] : x < y; });
  frame.log_best = frame.log_prob[order[0]];
  // The pruning of 0.9.3: either limit makes it visit the labels in this order, but only
  // cutoff_prob makes it leave some out, and only then does cutoff_top_n count.
  frame.sorted = options_.cutoff_prob < 1.0 || options_.cutoff_top_n < order.size();
  size_t kept = order.size();
  if (options_.cutoff_prob < 1.0) {
    double sum = 0;
    kept = 0;
    do sum += static_cast<double>(probs[order[kept++]]);
    while (sum < options_.cutoff_prob && kept < options_.cutoff_top_n && kept < order.size());
  }
  for (size_t i = kept; i < order.size(); ++i) frame.log_prob[order[i]] = kLogZero;
  order.resize(kept);
  order.erase(std::remove(order.begin(), order.end(), blank), order.end());
}

template void Decoder::StepT(const float*, size_t, size_t);
template void Decoder::StepT(const double*, size_t, size_t);

}  // namespace ds
