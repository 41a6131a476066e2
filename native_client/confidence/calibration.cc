#include "confidence/calibration.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace ds {
namespace {

constexpr size_t kMostKnots = 1000;

bool IsShare(double x) { return x >= 0 && x <= 1; }

// The parts of a text between any of `separators`, but empty ones. No stream does it: they bring
// half a megabyte of locales into the library.
std::vector<std::string> Split(const std::string& text, const char* separators) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of(separators, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// "0.25:0.5"
std::pair<double, double> ToKnot(const std::string& text) {
  const char* begin = text.c_str();
  char *middle = nullptr, *end = nullptr;
  const double raw = std::strtod(begin, &middle);
  if (middle != begin && *middle == ':') {
    const double probability = std::strtod(middle + 1, &end);
    if (end != middle + 1 && *end == '\0') return {raw, probability};
  }
  throw Error("'" + text.substr(0, 40) + "' is no knot: expected RAW:PROBABILITY");
}

}  // namespace

Curve::Curve(std::vector<std::pair<double, double>> knots) : knots_(std::move(knots)) {
  if (knots_.empty() || knots_.size() > kMostKnots) {
    throw Error("a curve has " + std::to_string(knots_.size()) + " knots: expected 1 to " +
                std::to_string(kMostKnots));
  }
  for (size_t i = 0; i < knots_.size(); ++i) {
    const auto& [raw, probability] = knots_[i];
    if (!IsShare(raw) || !IsShare(probability)) {
      throw Error("a knot is at " + std::to_string(raw) + ":" + std::to_string(probability) +
                  ": expected numbers from 0 to 1");
    }
    if (i > 0 && (raw <= knots_[i - 1].first || probability < knots_[i - 1].second)) {
      throw Error("knot " + std::to_string(i + 1) +
                  " of a curve lies before or below the one before it");
    }
  }
}

double Curve::operator()(double raw) const {
  const auto after = std::upper_bound(
      knots_.begin(), knots_.end(), raw,
      [](double x, const std::pair<double, double>& knot) { return x < knot.first; });
  if (after == knots_.begin()) return knots_.front().second;
  if (after == knots_.end()) return knots_.back().second;
  const auto before = after - 1;
  const double part = (raw - before->first) / (after->first - before->first);
  return before->second + part * (after->second - before->second);
}

Calibration::Calibration(const std::string& text) {
  for (const std::string& line : Split(text, "\n")) {
    const std::vector<std::string> words = Split(line, " \t\r");
    if (words.empty()) continue;
    std::vector<std::pair<double, double>> knots;
    for (size_t i = 2; i < words.size(); ++i) knots.push_back(ToKnot(words[i]));
    curves_.emplace(std::make_pair(words[0], words.size() > 1 ? words[1] : ""),
                    Curve(std::move(knots)));
  }
}

Curves Calibration::Of(const std::string& constraint) const {
  const auto find = [&](const char* judged) {
    const auto found = curves_.find({constraint, judged});
    return found == curves_.end() ? nullptr : &found->second;
  };
  return {find("texts"), find("words")};
}

}  // namespace ds
