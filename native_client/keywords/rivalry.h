// Hits of keywords that overlap: which of them is meant.
#ifndef DS_KEYWORDS_RIVALRY_H_
#define DS_KEYWORDS_RIVALRY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "keywords/keyword_list.h"

namespace ds {

// A phrase that was heard.
struct KeywordHit {
  size_t keyword;       // its number in the list
  uint64_t start, end;  // frames: of its first label, and one past that of its last
  float score;          // the log of it: of its path's probability, for each label
  float worth;          // among those that overlap
};

// Knows which phrases are parts of others.
class Rivalry {
 public:
  // `whole_words`: a phrase that begins or ends within a word of another is no part of it.
  Rivalry(const std::vector<Keyword>& keywords, bool whole_words);

  // Whether `hit` stands and `other`, at the same time, does not: of two phrases, the one that
  // contains the other; otherwise that which is worth more.
  bool Beats(const KeywordHit& hit, const KeywordHit& other) const;

 private:
  bool Contains(size_t whole, size_t part) const;

  std::vector<std::vector<int>> texts_;  // labels with gaps
};

// A short phrase is like a part of many long ones, and a long one is not said by chance: what is
// worth more is not the higher score but the sum over labels of log p + kLabel.
constexpr float kLabel = 1.2f;

inline bool Overlap(const KeywordHit& a, const KeywordHit& b) {
  return a.start < b.end && b.start < a.end;
}

}  // namespace ds
#endif  // DS_KEYWORDS_RIVALRY_H_
