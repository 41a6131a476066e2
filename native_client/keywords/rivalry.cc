#include "keywords/rivalry.h"

#include <algorithm>

namespace ds {
namespace {

constexpr int kGap = -1;  // between words

}  // namespace

Rivalry::Rivalry(const std::vector<Keyword>& keywords, bool whole_words) {
  for (const Keyword& keyword : keywords) {
    std::vector<int>& text = texts_.emplace_back();
    for (const std::vector<int>& word : keyword.words) {
      if (whole_words || !text.empty()) text.push_back(kGap);
      text.insert(text.end(), word.begin(), word.end());
    }
    if (whole_words) text.push_back(kGap);
  }
}

bool Rivalry::Contains(size_t whole, size_t part) const {
  const std::vector<int>&a = texts_[whole], &b = texts_[part];
  return a.size() > b.size() && std::search(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

bool Rivalry::Beats(const KeywordHit& hit, const KeywordHit& other) const {
  if (!Overlap(hit, other)) return false;
  if (Contains(hit.keyword, other.keyword)) return true;
  return hit.worth > other.worth && !Contains(other.keyword, hit.keyword);
}

}  // namespace ds
