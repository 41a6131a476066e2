// Loops over the beam's flat arrays, compiled for wide registers where the processor has them.
//
// Additions, comparisons and selections only, element by element: the same bits on every processor.
#ifndef DS_DECODER_LANES_H_
#define DS_DECODER_LANES_H_

#include <cstddef>
#include <cstdint>

namespace ds {

float Largest(const float* x, size_t count);  // count >= 1
float Smallest(const float* x, size_t count);

// out[i] = log(e^x[i] + e^y[i])
void LogAddAll(const float* x, const float* y, size_t count, float* out);

// How the last label of a hypothesis got through a frame.
enum Reach : int32_t { kPassed, kLasted, kAppeared };

// What the hypotheses get of one frame (search.h tells the formulas). Arrays by hypothesis;
// `parent` indexes them too, and where the parent is missing it points at one of probability zero.
struct Terms {
  const int32_t *label, *parent;
  const float *score, *blank, *nonblank, *bonus;
  const float* log_prob;  // [-1] is label -1's: kLogZero
  float log_blank;
  float cutoff;  // paths below are not followed
  float *lasts, *appears, *new_blank;
};
void PullTerms(const Terms& terms, size_t count);

// What a frame adds to the lag of a path; of a damaged or pruned one no infinity comes.
inline float Lag(float log_prob, float log_best) {
  const float lag = log_prob - log_best;
  return lag > -100.0f ? lag : -100.0f;
}

// How far the paths that end in blank and in the last label lie behind the best of all labels,
// after a frame whose best has `log_best`.
struct Lags {
  const float *blank, *label;
  float log_best;
};
void PullLags(const Terms& terms, const Lags& lags, size_t count, float* blank, float* label);

// `blank_first`: the blank was visited before the labels that are less probable.
void FindReach(const Terms& terms, const float* new_nonblank, bool blank_first, size_t count,
               int32_t* reach);

// The histogram's bin of a score: 0 for `top` and above, and never more than `last`.
inline int32_t BinOf(float score, float top, float scale, float last) {
  const float bin = (top - score) * scale;
  const float low = bin > 0.0f ? bin : 0.0f;
  return static_cast<int32_t>(low < last ? low : last);
}
void Bins(const float* scores, size_t count, float top, float scale, int32_t last, int32_t* bins);

}  // namespace ds
#endif  // DS_DECODER_LANES_H_
