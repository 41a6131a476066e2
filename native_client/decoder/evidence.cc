#include "decoder/evidence.h"

#include <algorithm>
#include <cmath>

#include "decoder/words.h"

namespace ds {
namespace {

constexpr uint32_t kNear = 10;  // frames between two places of the same word

// A word of a rival: text, and the frames in which its first and its last label appeared.
struct Place {
  std::string text;
  uint32_t first, last;
};

std::vector<Place> Places(const Rival& rival, const Alphabet& alphabet) {
  Output output;
  output.tokens = rival.tokens;
  output.timesteps = output.ends = rival.timesteps;
  output.peaks.assign(rival.tokens.size(), 1.0f);
  std::vector<Place> places;
  for (const Word& word : Words(output, alphabet)) {
    places.push_back({word.text, word.start, word.end});
  }
  return places;
}

// The share of the rivals that have a word there.
double ShareOf(const Place& word, const std::vector<Rival>& rivals,
               const std::vector<std::vector<Place>>& places) {
  double sum = 0, share = 0;
  for (size_t k = 0; k < rivals.size(); ++k) {
    sum += rivals[k].share;
    const bool has = std::any_of(places[k].begin(), places[k].end(), [&](const Place& other) {
      return other.text == word.text && other.first <= word.last + kNear &&
             word.first <= other.last + kNear;
    });
    if (has) share += rivals[k].share;
  }
  return sum > 0 ? share / sum : 1;
}

// Of `count` labels from `first` on, that lie `lag` behind.
Evidence EvidenceOf(const Output& output, size_t first, size_t count, double lag) {
  for (size_t i = first; i < first + count; ++i) lag += static_cast<double>(output.lags[i]);
  Evidence evidence;
  evidence.fit = std::min(1.0, std::exp(lag / static_cast<double>(std::max<size_t>(count, 1))));
  return evidence;
}

}  // namespace

std::vector<Weighed> Weigh(const Found& found, const Alphabet& alphabet) {
  const auto& [outputs, rivals] = found;
  std::vector<std::vector<Place>> places;
  for (const Rival& rival : rivals) places.push_back(Places(rival, alphabet));
  std::vector<Weighed> all;
  for (size_t k = 0; k < outputs.size(); ++k) {
    const Output& output = outputs[k];
    Weighed& weighed = all.emplace_back();
    const size_t labels = output.tokens.size();
    weighed.evidence = EvidenceOf(output, 0, labels, static_cast<double>(output.first_lag));
    weighed.evidence.share = rivals[k].share;
    const size_t common = labels - rivals[k].tokens.size();  // labels that no rival doubts
    for (const Word& word : Words(output, alphabet)) {
      Evidence& evidence = weighed.words.emplace_back();
      evidence = EvidenceOf(output, word.first, word.count, 0);
      if (word.first < common) continue;
      const uint32_t last = output.timesteps[word.first + word.count - 1];
      evidence.share = ShareOf({word.text, word.start, last}, rivals, places);
    }
  }
  return all;
}

}  // namespace ds
