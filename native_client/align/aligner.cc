#include "align/aligner.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "align/letter_times.h"
#include "base/interrupt.h"

namespace ds {
namespace {

constexpr double kMissing = -7;   // log probability of each label that was not found
constexpr float kHeard = 0.035f;  // confidence of a line that was spoken, at least

float Mean(double sum, size_t count) {
  return static_cast<float>(std::min(1.0, std::exp(sum / static_cast<double>(count))));
}

}  // namespace

Aligner::Aligner(const Alphabet& alphabet, std::string text, const AlignCosts& costs)
    : text_(std::move(text), alphabet),
      emissions_(alphabet, text_.labels),
      search_(text_, emissions_.columns(), costs) {}

void Aligner::Step(const float* probs, int steps, int classes) {
  for (int t = 0; t < steps; ++t, probs += classes) {
    CheckInterrupt();
    emissions_.Append(probs, &scores_);
    search_.Step(scores_);
  }
}

Alignment Aligner::Finish(const std::vector<Voiced>& voiced, uint32_t reach) {
  Alignment alignment;
  alignment.steps = static_cast<uint32_t>(emissions_.steps());
  alignment.lines.resize(text_.lines.size());
  alignment.words.resize(text_.words.size());
  alignment.letters.resize(text_.letters.size());
  const std::vector<Stretch> path = search_.Finish();
  for (size_t i = 0; i < path.size(); ++i) {
    CheckInterrupt();
    if (path[i].word == Stretch::kStray) continue;
    const size_t end = i + 1 < path.size() ? path[i + 1].step : emissions_.steps();
    PlaceWord(path[i].word, path[i].step, end, &alignment);
  }
  for (const TextPart& line : text_.lines) DropUnheard(line, &alignment);
  MoveEdges(text_, voiced, reach, &alignment);
  PlaceMissing(&alignment);
  uint32_t end = 0;
  for (size_t i = 0; i < text_.lines.size(); ++i) {
    Place& line = alignment.lines[i];
    line = PlaceOf(text_.lines[i], alignment);
    if (line.end < end) line.start = line.end = end;  // it has no word
    end = line.end;
  }
  return alignment;
}

void Aligner::PlaceWord(size_t word, size_t begin, size_t end, Alignment* alignment) const {
  const TextPart& part = text_.words[word];
  const TextPart& last = text_.letters[part.first + part.count - 1];
  const size_t first = text_.letters[part.first].first, count = last.first + last.count - first;
  const std::vector<LabelTime> times =
      TimeLabels(emissions_, emissions_.columns().data() + first, count, begin, end);
  if (times.empty()) return;
  double sum = 0;
  for (size_t i = part.first; i < part.first + part.count; ++i) {
    const TextPart& letter = text_.letters[i];
    double letter_sum = 0;
    for (size_t k = 0; k < letter.count; ++k) {
      letter_sum += static_cast<double>(times[letter.first - first + k].log_prob);
    }
    sum += letter_sum;
    alignment->letters[i] = {true, times[letter.first - first].start,
                             times[letter.first - first + letter.count - 1].end,
                             Mean(letter_sum, letter.count)};
  }
  alignment->words[word] = {true, times.front().start, times.back().end, Mean(sum, count)};
}

// The search spreads words that nobody says over what nobody's text has: those of a line that is
// not found are found by themselves, or not at all.
void Aligner::DropUnheard(const TextPart& line, Alignment* alignment) const {
  if (PlaceOf(line, *alignment).found) return;
  for (size_t w = line.first; w < line.first + line.count; ++w) {
    if (alignment->words[w].confidence >= kHeard) continue;
    alignment->words[w] = {};
    const TextPart& letters = text_.words[w];
    for (size_t i = 0; i < letters.count; ++i) alignment->letters[letters.first + i] = {};
  }
}

Place Aligner::PlaceOf(const TextPart& line, const Alignment& alignment) const {
  Place place = {};
  double sum = 0;
  size_t labels = 0, found = 0;
  for (size_t w = line.first; w < line.first + line.count; ++w) {
    const Place& word = alignment.words[w];
    size_t count = 0;
    for (size_t i = 0; i < text_.words[w].count; ++i) {
      count += text_.letters[text_.words[w].first + i].count;
    }
    labels += count;
    const double each = word.found ? std::log(static_cast<double>(word.confidence)) : kMissing;
    sum += static_cast<double>(count) * each;
    if (found == 0) place.start = word.start;
    if (word.found || found == 0) place.end = word.end;
    if (word.found) found += count;
  }
  if (labels > 0) place.confidence = Mean(sum, labels);
  place.found = labels > 0 && 2 * found >= labels && place.confidence >= kHeard;
  return place;
}

// Words and letters that were not found last no time, at the end of what was found before them.
void Aligner::PlaceMissing(Alignment* alignment) const {
  uint32_t end = 0;
  for (size_t w = 0; w < text_.words.size(); ++w) {
    Place& word = alignment->words[w];
    if (!word.found) word.start = word.end = end;
    end = word.end;
    for (size_t i = 0; i < text_.words[w].count; ++i) {
      Place& letter = alignment->letters[text_.words[w].first + i];
      if (!letter.found) letter.start = letter.end = end;
    }
  }
}

}  // namespace ds
