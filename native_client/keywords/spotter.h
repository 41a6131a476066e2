// Listens for phrases in the probabilities of a network, without end and in constant memory.
//
// A phrase is a chain of its labels, which may last and have blanks between them (equal ones must)
// and, where a word ends, blanks or spaces. A path may enter the chain after any frame. With
// p(t, k) the probability of label k in frame t, it is worth
//
//   S = sum over its frames t of  log p(t, its label)  <= 0,
//
// and the score of a phrase of n labels, its spaces not counted, is exp(S / n). (Not how far the
// path lies behind what the network itself would have written, as in decoder/evidence.h: that says
// the same of all that it would, however sure it is, and a threshold cannot tell them apart.)
// Where the alphabet has a space, phrases are whole words: before the first label and after the
// last one the path has a space, or blanks for kPause frames, or the stream's end, and what those
// are worth counts in S.
//
// kPause frames after its last label a path is a candidate. It is a hit, and reported once, unless
// a phrase that overlaps is worth more (keywords/rivalry.h): one that is a candidate, or that has
// reached its last label and is waited for (a third of a second at most).
#ifndef DS_KEYWORDS_SPOTTER_H_
#define DS_KEYWORDS_SPOTTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/alphabet.h"
#include "keywords/keyword_list.h"
#include "keywords/rivalry.h"

namespace ds {

class Spotter {
 public:
  Spotter(const std::vector<Keyword>& keywords, const Alphabet& alphabet);

  // Takes `frames` rows of probabilities, [frames][labels + 1], the blank last, and adds the hits
  // that are sure by then. Throws Error for what is no probability.
  void Step(const float* probs, size_t frames, size_t classes, std::vector<KeywordHit>* hits);
  // No phrase goes on from here: what was begun is forgotten.
  void Rest();
  // The stream ends here.
  void Finish(std::vector<KeywordHit>* hits);

 private:
  static constexpr size_t kPause = 5;

  // The best path to a place of a chain.
  struct Cell {
    float score;
    uint32_t start;  // frame of the first label, modulo 2^32
  };
  struct Chain {
    std::vector<int> labels;
    std::vector<uint8_t> ends_word;  // of each label: whether a gap between words follows
    size_t cells;                    // place of the first one
    float floor;                     // least S of a hit
    uint32_t longest;                // frames
    size_t live = 0;                 // labels that paths have reached, the last of them
    size_t ending = 0;               // frames for which a path may still be on its way out
  };
  struct Pending {
    KeywordHit hit;
    uint64_t since;  // frame
  };

  // Cells of a chain: label 0, gap 0, label 1 ... label n - 1; then its ways out, after blanks
  // alone, and after a space.
  Cell* Label(const Chain& chain, size_t i) { return &cells_[chain.cells + 2 * i]; }
  Cell* AfterBlanks(const Chain& chain, size_t frames) {
    return &cells_[chain.cells + 2 * chain.labels.size() - 2 + frames];
  }
  Cell* AfterSpace(const Chain& chain, size_t frames) {
    return AfterBlanks(chain, frames + kPause);
  }

  void ReadFrame(const float* probs, size_t classes);
  void MayBegin();
  void Advance(Chain* chain);
  void Leave(const Chain& chain);
  const Cell& WayOut(const Chain& chain, size_t since);
  void Candidates(size_t number, bool ended);
  void Offer(const KeywordHit& hit);
  bool IsChallenged(const KeywordHit& hit);
  void Settle(bool ended, std::vector<KeywordHit>* hits);
  // What a path is as a hit, `since` frames after its last label.
  KeywordHit HitOf(size_t number, const Cell& cell, size_t since) const;

  const int blank_, space_;
  const bool whole_words_;
  const Rivalry rivalry_;
  std::vector<Chain> chains_;
  std::vector<Cell> cells_;
  std::vector<float> logs_;                    // of the frame, by label
  uint64_t time_ = 0;                          // its number
  float entry_ = 0;                            // what it costs to begin in it
  float after_space_;                          // what it costs that a space was the last label
  std::array<float, kPause> blank_logs_ = {};  // of the last frames
  std::vector<Pending> pending_;
  std::vector<KeywordHit> last_;  // reported, by keyword
};

}  // namespace ds
#endif  // DS_KEYWORDS_SPOTTER_H_
