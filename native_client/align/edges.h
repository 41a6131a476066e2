// Where words beside a pause begin and end.
//
// A network trained by CTC says a letter when it is sure of it, which may be half a second after
// the word has begun, and falls silent before it has ended. Beside a pause the samples know better
// where the voice sets in and breaks off.
#ifndef DS_ALIGN_EDGES_H_
#define DS_ALIGN_EDGES_H_

#include <cstdint>
#include <vector>

#include "align/alignment.h"
#include "align/text.h"

namespace ds {

// A stretch of a recording in which somebody speaks.
struct Voiced {
  uint32_t start, end;  // steps; the end is one past the last
};

// Moves the beginning of each word that was found back to where the voice sets in, and its end on
// to where it breaks off, if that is within `reach` steps and not beyond the next word. The first
// and the last letter of the word, and its line, reach as far. `voiced` are in order.
void MoveEdges(const Text& text, const std::vector<Voiced>& voiced, uint32_t reach,
               Alignment* alignment);

}  // namespace ds
#endif  // DS_ALIGN_EDGES_H_
