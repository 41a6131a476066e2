#include "align/letter_times.h"

#include <algorithm>
#include <limits>

namespace ds {
namespace {

constexpr float kDead = -std::numeric_limits<float>::infinity();

}  // namespace

// States: label 0, pause, label 1, pause, ..., the last label, the pause after it.
std::vector<LabelTime> TimeLabels(const Emissions& emissions, const uint16_t* columns, size_t count,
                                  size_t begin, size_t end) {
  const size_t states = 2 * count, steps = end - begin;
  std::vector<float> score(states, kDead);
  std::vector<uint8_t> back(steps * states);  // how many states each came from before
  StepScores scores;
  for (size_t t = 0; t < steps; ++t) {
    emissions.Read(begin + t, &scores);
    for (size_t s = states; s-- > 0;) {
      float best = t == 0 ? (s == 0 ? 0.0f : kDead) : score[s];
      uint8_t step = 0;
      const auto from = [&](size_t far) {
        if (s < far || t == 0 || score[s - far] <= best) return;
        best = score[s - far];
        step = static_cast<uint8_t>(far);
      };
      from(1);
      if (s % 2 == 0 && s >= 2 && columns[s / 2] != columns[s / 2 - 1]) from(2);
      back[t * states + s] = step;
      const float linger = s + 1 < states ? kLinger : 0.0f;
      score[s] = best + (s % 2 == 0 ? scores.label[columns[s / 2]] : scores.pause - linger);
    }
  }
  size_t s = states - 1;
  if (states >= 2 && score[s - 1] >= score[s]) --s;
  std::vector<LabelTime> times;
  if (steps == 0 || score[s] == kDead) return times;
  times.assign(count, {0, 0, Emissions::kFloor});
  for (size_t t = steps; t-- > 0;) {
    if (s % 2 == 0) {
      LabelTime& time = times[s / 2];
      emissions.Read(begin + t, &scores);
      if (time.end == 0) time.end = static_cast<uint32_t>(begin + t + 1);
      time.start = static_cast<uint32_t>(begin + t);
      time.log_prob = std::max(time.log_prob, scores.label[columns[s / 2]]);
    }
    s -= back[t * states + s];
  }
  return times;
}

}  // namespace ds
