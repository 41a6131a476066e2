#include "decoder/lanes.h"

#include "base/processor.h"
#include "decoder/log_math.h"

// What a loop is made of must be inlined: only then is it compiled for the caller's registers.
#define DS_LOOP __attribute__((always_inline)) inline

// DS_LANES(TYPE, NAME, (PARAMETERS), (ARGUMENTS)) makes the function NAME of NAMELoop.
#if defined(__x86_64__)
#define DS_LANES(type, name, parameters, arguments)                   \
  __attribute__((target("avx2"))) static type name##Wide parameters { \
    return name##Loop arguments;                                      \
  }                                                                   \
  type name parameters { return kWide ? name##Wide arguments : name##Loop arguments; }
#else
#define DS_LANES(type, name, parameters, arguments) \
  type name parameters { return name##Loop arguments; }
#endif

namespace ds {
namespace {

#if defined(__x86_64__)
const bool kWide = Processor().avx2;
#endif
constexpr size_t kLanes = 16;

inline float Plus(float x, float y) {
  const float sum = x + y;
  return sum > kLogZero ? sum : kLogZero;
}

template <class Pick>
DS_LOOP float Best(const float* x, size_t count, Pick pick) {
  float best[kLanes];
  for (float& b : best) b = x[0];
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) best[k] = pick(x[i + k], best[k]);
  }
  for (; i < count; ++i) best[0] = pick(x[i], best[0]);
  for (size_t k = 1; k < kLanes; ++k) best[0] = pick(best[k], best[0]);
  return best[0];
}

DS_LOOP float LargestLoop(const float* x, size_t count) {
  return Best(x, count, [](float a, float b) { return a > b ? a : b; });
}

DS_LOOP float SmallestLoop(const float* x, size_t count) {
  return Best(x, count, [](float a, float b) { return a < b ? a : b; });
}

DS_LOOP void LogAddAllLoop(const float* x, const float* y, size_t count, float* out) {
  for (size_t i = 0; i < count; ++i) out[i] = LogAdd(x[i], y[i]);
}

DS_LOOP void PullTermsLoop(const Terms& t, size_t count) {
  const int32_t* __restrict label = t.label, * __restrict parent = t.parent;
  const float* __restrict score = t.score, * __restrict blank = t.blank;
  const float* __restrict nonblank = t.nonblank, * __restrict bonus = t.bonus;
  const float* __restrict log_prob = t.log_prob;
  float* __restrict lasts = t.lasts, * __restrict appears = t.appears;
  float* __restrict new_blank = t.new_blank;
  const float log_blank = t.log_blank, cutoff = t.cutoff;
  for (size_t i = 0; i < count; ++i) {
    const int32_t c = label[i], p = parent[i];
    const float log_p = log_prob[c];
    const float parent_score = score[p], parent_blank = blank[p];
    const float from = label[p] == c ? parent_blank : parent_score;
    const float last = Plus(log_p, nonblank[i]);
    const float appear = Plus(Plus(log_p, from), bonus[i]);
    lasts[i] = log_p + score[i] >= cutoff ? last : kLogZero;
    appears[i] = log_p + parent_score >= cutoff ? appear : kLogZero;
    new_blank[i] = Plus(log_blank, score[i]);
  }
}

DS_LOOP void PullLagsLoop(const Terms& t, const Lags& lags, size_t count,
                          float* __restrict new_blank, float* __restrict new_label) {
  const int32_t* __restrict label = t.label, * __restrict parent = t.parent;
  const float* __restrict blank = t.blank, * __restrict nonblank = t.nonblank;
  const float* __restrict lasts = t.lasts, * __restrict appears = t.appears;
  const float* __restrict log_prob = t.log_prob;
  const float* __restrict blank_lag = lags.blank, * __restrict label_lag = lags.label;
  const float log_best = lags.log_best, blank_now = Lag(t.log_blank, log_best);
  for (size_t i = 0; i < count; ++i) {
    const int32_t c = label[i], p = parent[i];
    const float own_blank = blank_lag[i], own_label = label_lag[i];
    const float parent_blank = blank_lag[p], parent_label = label_lag[p];
    const float parent_lag =
        (label[p] == c) | (blank[p] >= nonblank[p]) ? parent_blank : parent_label;
    const float before = lasts[i] >= appears[i] ? own_label : parent_lag;
    new_blank[i] = (blank[i] >= nonblank[i] ? own_blank : own_label) + blank_now;
    new_label[i] = before + Lag(log_prob[c], log_best);
  }
}

DS_LOOP void FindReachLoop(const Terms& t, const float* __restrict new_nonblank, bool blank_first,
                           size_t count, int32_t* __restrict reach) {
  const int32_t* __restrict label = t.label;
  const float* __restrict lasts = t.lasts, * __restrict appears = t.appears;
  const float* __restrict new_blank = t.new_blank, * __restrict log_prob = t.log_prob;
  // A label below this came after the blank.
  const float after_blank = blank_first ? t.log_blank : kLogZero;
  for (size_t i = 0; i < count; ++i) {
    const bool appeared = (appears[i] > lasts[i]) &
                          ((log_prob[label[i]] < after_blank) | (new_nonblank[i] >= new_blank[i]));
    const bool lasted = (lasts[i] > kLogZero) & (lasts[i] >= new_blank[i]);
    reach[i] = appeared ? kAppeared : lasted ? kLasted : kPassed;
  }
}

DS_LOOP void BinsLoop(const float* __restrict scores, size_t count, float top, float scale,
                      int32_t last, int32_t* __restrict bins) {
  const float most = static_cast<float>(last);
  for (size_t i = 0; i < count; ++i) bins[i] = BinOf(scores[i], top, scale, most);
}

}  // namespace

DS_LANES(float, Largest, (const float* x, size_t count), (x, count))
DS_LANES(float, Smallest, (const float* x, size_t count), (x, count))
DS_LANES(void, LogAddAll, (const float* x, const float* y, size_t count, float* out),
         (x, y, count, out))
DS_LANES(void, PullTerms, (const Terms& terms, size_t count), (terms, count))
DS_LANES(void, PullLags,
         (const Terms& terms, const Lags& lags, size_t count, float* blank, float* label),
         (terms, lags, count, blank, label))
DS_LANES(void, FindReach,
         (const Terms& terms, const float* new_nonblank, bool blank_first, size_t count,
          int32_t* reach),
         (terms, new_nonblank, blank_first, count, reach))
DS_LANES(void, Bins,
         (const float* scores, size_t count, float top, float scale, int32_t last, int32_t* bins),
         (scores, count, top, scale, last, bins))

}  // namespace ds
