// What a grammar makes of a text: what is meant, and with what.
#ifndef DS_GRAMMAR_READING_H_
#define DS_GRAMMAR_READING_H_

#include <cstddef>
#include <string>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/net.h"

namespace ds {

// Labels of a text.
struct LabelRange {
  size_t first, count;
};

struct Slot {
  std::string name;
  std::string value;  // the tag's, or a number's in digits; empty: what was said
  LabelRange labels;
};

struct Reading {
  std::string intent;               // the public rule, or what {intent=...} says; "" if unknown
  std::vector<Slot> slots;          // in the order of their beginnings
  std::vector<LabelRange> unknown;  // speech that the grammar lets through as [unk]
};

// The best reading of `labels` in a network whose node 0 begins and node 1 ends. Of a text that is
// not complete, only `unknown`.
Reading BestReading(const Automaton& network, const std::vector<Mark>& marks, int space,
                    const std::vector<int>& labels);

}  // namespace ds
#endif  // DS_GRAMMAR_READING_H_
