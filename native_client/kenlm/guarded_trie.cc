// KenLM's lm/trie.cc with a search that refuses ranges which end before they begin; see guard.h.
#include <cstdint>

#include "util/sorted_uniform.hh"

namespace util {

// As BoundedSortedUniformFind. A damaged array of high bits can also make a number negative.
template <class Iterator, class Accessor, class Pivot>
bool CheckedSortedUniformFind(const Accessor& accessor, Iterator before, uint64_t before_value,
                              Iterator end, uint64_t end_value, uint64_t key, Iterator& out) {
  if (before + 1 >= end || end >= uint64_t{1} << 57) return false;
  return BoundedSortedUniformFind<Iterator, Accessor, Pivot>(accessor, before, before_value, end,
                                                             end_value, key, out);
}

}  // namespace util

#define BoundedSortedUniformFind CheckedSortedUniformFind
#include "lm/trie.cc"
