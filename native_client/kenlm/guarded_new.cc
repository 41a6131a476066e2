// A little memory for when there is none; see guard.h.
//
// KenLM writes what went wrong within constructors that must not throw. For lack of memory these
// would end the process: here they find some.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t kPiece = 1024, kPieces = 64;
struct Piece {
  alignas(std::max_align_t) char bytes[kPiece];
};
Piece pieces[kPieces];
std::atomic<bool> taken[kPieces];

}  // namespace

void* operator new(size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory != nullptr) return memory;
  for (size_t i = 0; i < kPieces && size <= kPiece; ++i) {
    if (!taken[i].exchange(true)) return pieces[i].bytes;
  }
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  auto* piece = static_cast<Piece*>(memory);
  if (piece >= pieces && piece < pieces + kPieces) {
    taken[piece - pieces] = false;
  } else {
    std::free(memory);
  }
}

void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
