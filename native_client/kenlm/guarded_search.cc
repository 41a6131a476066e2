// KenLM's lm/search_trie.cc, which does not look whether it got the memory it asked for; see
// guard.h.
#include <cstdlib>
#include <new>

namespace dskenlm {
namespace {

void* MallocOrThrow(size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace
}  // namespace dskenlm

// All that declares a `malloc` of its own has to come before the macro.
#include "lm/search_trie.hh"
#include "lm/trie_sort.hh"
#include "util/proxy_iterator.hh"
#include "util/sized_iterator.hh"
#define malloc(...) ::dskenlm::MallocOrThrow(__VA_ARGS__)
#include "lm/search_trie.cc"
