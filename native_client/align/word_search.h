// Where in a recording the words of a text are spoken: Viterbi's best path, step by step.
//
// The path goes through the text in its order and maximises
//
//     sum of ln p(what is said at each step)  -  costs
//
// where a word's letters are said with pauses (blank or space) as CTC has them. Between words the
// path may wait; take speech that is not in the text, which is whatever the network finds most
// probable; skip the next word; or skip all up to where another sentence begins. Each step of
// speech that a letter does not account for costs the same between words and within. So what is not
// spoken is cheaper to skip than to smear over what is.
//
// Of the words only those with a score near the best one's are followed (a beam), so that hours
// take time and memory for what is at hand. The path may skip some sentences ahead at any time;
// once it has found nothing but speech that is not in the text for a while, it is lost: the beam is
// widened, and it may begin anywhere farther on. So it finds the text again however much of it is
// missing.
#ifndef DS_ALIGN_WORD_SEARCH_H_
#define DS_ALIGN_WORD_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "align/emissions.h"
#include "align/text.h"

namespace ds {

// In nats. A letter that was not said costs 5 to 15, one that the network gets wrong 2 to 6: what
// the letters of a sentence cost on average decides if it was said.
struct AlignCosts {
  float stray_letter = 3.5f;    // speech that is passed over, for each step of it
  float stray_in_line = 6.0f;   // its beginning between words
  float stray_at_start = 2.0f;  // its beginning where a sentence may begin
  float skip_word = 8.0f;       // a word that is not spoken
  float skip_letter = 1.0f;     // and for each of its letters
  float skip_sentence = 12.0f;  // the rest of a sentence, or a whole one
  float skip_farther = 8.0f;    // for each sentence after that,
  float skip_most = 300.0f;     // but not more than this
  float beam = 150.0f;          // what scores less than the best by so much is given up,
  float lost_beam = 400.0f;     // and while the path is lost, by so much
};

// What happens from a step on until the next stretch begins.
struct Stretch {
  static constexpr uint32_t kStray = 0xFFFFFFFF;
  uint32_t word;  // or kStray: speech that is not in the text
  uint32_t step;
};

class WordSearch {
 public:
  // `columns`: of each label of the text among the scores of a step. Both must outlive this.
  WordSearch(const Text& text, const std::vector<uint16_t>& columns, const AlignCosts& costs = {});

  void Step(const StepScores& scores);
  // The best path's words, in order; after each may come a pause.
  std::vector<Stretch> Finish();

 private:
  static constexpr uint32_t kNone = 0xFFFFFFFF;
  struct Token {  // a path's end
    float score;
    uint32_t trace;
  };
  struct Trace {
    uint32_t before;
    Stretch stretch;
  };
  // The states of a word: [stray, pause, label, (blank, label)...]. After the last word there are
  // the first two.
  struct Word {
    uint32_t first, labels, columns;  // its first state; the number of its labels; the first's
    float skip;                       // what it costs
    float stray;                      // the beginning of stray speech before it
    float linger;                     // and each step of that
    bool repeats;                     // it begins with the label that the one before ends with
    uint32_t states() const { return labels == 0 ? 2 : 2 * labels + 1; }
  };

  void Arrive();
  void ArriveAfter(size_t word, const Token& junction);
  void Jump(const StepScores& scores);
  void Advance(size_t word, const StepScores& scores);
  Token* Letters(size_t word) { return tokens_.data() + words_[word].first + 2; }
  uint32_t NewTrace(uint32_t before, uint32_t word);
  void SweepTraces();
  void Forget(size_t word);
  void Activate(size_t word) { active_[word / 64] |= uint64_t{1} << word % 64; }
  template <class Visit>
  void ForActive(Visit visit);
  size_t SentencesAfter(size_t word) const;
  void FitBeam();
  float SkipCost(size_t sentences) const;
  Token BestEnd();
  Token BeforeBestWord() const;

  const AlignCosts costs_;
  const std::vector<uint16_t>& columns_;
  std::vector<Word> words_;         // and what comes after the last
  std::vector<size_t> beginnings_;  // words at which sentences begin
  std::vector<Token> tokens_;       // of all states; scores are relative to the best of a step
  std::vector<uint64_t> active_;    // a bit a word: some state of it is alive
  std::vector<float> best_;         // of each active word
  std::vector<Token> exits_;        // out of the word before, in this step
  std::vector<Token> arrivals_;     // at the word otherwise
  std::vector<Token> jumps_;        // into its first letter, from far away
  Token nearest_ = {};              // the best junction in this step
  size_t nearest_word_ = 0;
  std::vector<Trace> traces_;
  size_t sweep_at_;
  uint32_t step_ = 0;
  float top_ = 0;  // the best score of the last step
  float beam_;     // what scores so much less than the best is given up
  float lost_;     // steps with speech that the best path did not find in the text, less others
  size_t followed_ = 0;  // words in the last step
  bool stray_is_best_ = false;
};

}  // namespace ds
#endif  // DS_ALIGN_WORD_SEARCH_H_
