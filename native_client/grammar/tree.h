// A grammar as it is written: rules, and what they are made of.
#ifndef DS_GRAMMAR_TREE_H_
#define DS_GRAMMAR_TREE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"

namespace ds {

// Where something stands in a text, both from 1; a column is a character.
struct Place {
  uint32_t line = 1, column = 1;
};

// A mistake in a grammar: "FILE: line 3, column 5: what".
class GrammarError : public Error {
 public:
  GrammarError(const std::string& name, const std::string& what)
      : Error(DS_ERR_INVALID_GRAMMAR, name + ": " + what) {}
  GrammarError(const std::string& name, Place place, const std::string& what)
      : GrammarError(name, "line " + std::to_string(place.line) + ", column " +
                               std::to_string(place.column) + ": " + what) {}
};

struct Expansion {
  enum class Kind {
    kWord,      // `text`
    kUnknown,   // [unk]: one or more words that the grammar does not have
    kRule,      // the rule whose whole name is `text`
    kSequence,  // `parts`, one after the other; of none: nothing is said
    kChoice,    // one of `parts`; of none: nothing can be said
    kRepeat,    // parts[0], any number of times
    kOften,     // the same, but once at least
    kTagged     // parts[0], with the tag `text`
  };
  Kind kind = Kind::kSequence;
  Place place;
  std::string text;
  std::vector<Expansion> parts;
  std::vector<double> weights;  // of a choice, one for each part or none at all
};

struct Rule {
  std::string file;  // the name of its text, for messages
  std::string name;  // without that of its grammar
  Place place;
  bool is_public = false;
  Expansion body;
};

struct Rules {
  std::map<std::string, Rule> by_name;  // "grammar.rule"
  std::vector<std::string> starts;      // the public rules of the main text, in their order
  std::vector<std::string> own;         // all rules of the main text
};

}  // namespace ds
#endif  // DS_GRAMMAR_TREE_H_
