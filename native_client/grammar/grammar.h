// A grammar that is ready to be listened with.
#ifndef DS_GRAMMAR_GRAMMAR_H_
#define DS_GRAMMAR_GRAMMAR_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/alphabet.h"
#include "base/mapped_file.h"
#include "grammar/automaton.h"
#include "grammar/net.h"
#include "grammar/reading.h"

namespace ds {

// Read-only once it is made; any number of searches may share it.
class Grammar {
 public:
  // From a text or a file: JSGF, a list in JSON, or a phrase a line; a packed file is used in
  // place, and its bytes are taken too. A text is what has more than one line or begins as the
  // first two do. Throws GrammarError.
  Grammar(const std::string& text_or_path, const Alphabet& alphabet);
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  // Writes a packed file. Throws Error.
  void Save(const std::string& path) const;

  // Node 0 begins; a text must end where FinalWeight says so.
  const Automaton& search() const { return search_; }
  int space() const { return space_; }  // label, or -1

  // Of a grammar for slots of free speech, which has no public rule: what may be said in each.
  struct SlotRule {
    std::string name;
    uint32_t node;   // of search(), from which its texts go on
    int32_t weight;  // that all of them have
  };
  const std::vector<SlotRule>& slots() const { return slots_; }
  // What `labels`, said in slot number `slot`, mean: the slot itself comes first.
  Reading ReadSlot(size_t slot, const std::vector<int>& labels) const;

  // What the labels of a text mean.
  Reading Read(const std::vector<int>& labels) const {
    return BestReading(readings_, marks_, space_, labels);
  }

 private:
  void Compile(const std::string& text, const std::string& name, const std::string& folder,
               const Alphabet& alphabet);
  void View(std::string_view bytes, const std::string& name, const Alphabet& alphabet);
  void FindSlots();

  MappedFile file_;
  std::string memory_;
  std::string_view bytes_;  // of one of the two
  int space_ = -1;
  Automaton search_;
  Automaton readings_;  // has what has a meaning; else no nodes
  std::vector<Mark> marks_;
  std::vector<SlotRule> slots_;
};

}  // namespace ds
#endif  // DS_GRAMMAR_GRAMMAR_H_
