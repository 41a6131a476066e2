// KenLM trusts its files. These pieces keep a damaged one from leading outside its memory.
//
// A trie stores, for each n-gram, where its extensions begin and end: numbers of as many bits as
// the next array's length needs, so a wrong one points at most to twice that array. guarded_mmap.cc
// maps as many readable zero bytes behind a file as it has itself; guarded_trie.cc refuses ranges
// that end before they begin; kenlm_shim.cc checks the unigrams' 64-bit numbers, the only wider
// ones. Where there is no memory guarded_search.cc and guarded_new.cc turn what would end the
// process into std::bad_alloc.
#ifndef DS_KENLM_GUARD_H_
#define DS_KENLM_GUARD_H_

#include <cstddef>
#include <cstdint>

namespace dskenlm {

// The file that this thread mapped last.
struct Mapping {
  const uint8_t* data = nullptr;
  size_t size = 0;
};
extern thread_local Mapping last_mapping;

// The file that KenLM reads on this thread, whatever name it opens; -1: the name's. So a model is
// opened once, by our caller, and cannot change between one look and the next (guarded_file.cc).
extern thread_local int file_to_open;

}  // namespace dskenlm
#endif  // DS_KENLM_GUARD_H_
