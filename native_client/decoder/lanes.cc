#include "decoder/lanes.h"

#include "decoder/log_math.h"

// Sanitizers run before the resolver that picks a clone: they get the plain loops.
#if defined(__has_feature)
#define DS_HAS_FEATURE(x) __has_feature(x)
#else
#define DS_HAS_FEATURE(x) 0
#endif
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define DS_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define DS_WIDE
#endif

namespace ds {
namespace {

constexpr size_t kLanes = 16;

inline float Plus(float x, float y) {
  const float sum = x + y;
  return sum > kLogZero ? sum : kLogZero;
}

// Must be inlined: only then is it compiled for the caller's registers.
template <class Pick>
__attribute__((always_inline)) inline float Best(const float* x, size_t count, Pick pick) {
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

}  // namespace

DS_WIDE float Largest(const float* x, size_t count) {
  return Best(x, count, [](float a, float b) { return a > b ? a : b; });
}

DS_WIDE float Smallest(const float* x, size_t count) {
  return Best(x, count, [](float a, float b) { return a < b ? a : b; });
}

DS_WIDE void LogAddAll(const float* x, const float* y, size_t count, float* out) {
  for (size_t i = 0; i < count; ++i) out[i] = LogAdd(x[i], y[i]);
}

DS_WIDE void PullTerms(const Terms& t, size_t count) {
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

DS_WIDE void FindReach(const Terms& t, const float* __restrict new_nonblank, bool blank_first,
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

DS_WIDE void Bins(const float* __restrict scores, size_t count, float top, float scale,
                  int32_t last, int32_t* __restrict bins) {
  const float most = static_cast<float>(last);
  for (size_t i = 0; i < count; ++i) bins[i] = BinOf(scores[i], top, scale, most);
}

}  // namespace ds
