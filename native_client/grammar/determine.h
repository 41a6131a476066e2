// The automaton that a search follows: after each label there is one state.
//
// A state stands for all the places of the network where a prefix may be, with what each lies
// behind the best; the best one's weight is on the arcs. So a prefix always scores as its best
// reading does. What lies far behind counts as if it did not lie farther, which keeps the states
// finite in number.
#ifndef DS_GRAMMAR_DETERMINE_H_
#define DS_GRAMMAR_DETERMINE_H_

#include <vector>

#include "grammar/automaton.h"
#include "grammar/net.h"

namespace ds {

struct Determined {
  std::vector<Automaton::Node> nodes;  // and one more
  std::vector<Automaton::Arc> arcs;    // of a node by label, kAny last; no marks
};

// The start is node 0. Where the net has no way to its end, there are no nodes. A text ends without
// the space that follows its last word in the net. Throws Error if there are too many states.
Determined Determine(const Net& net);

}  // namespace ds
#endif  // DS_GRAMMAR_DETERMINE_H_
