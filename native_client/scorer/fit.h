// Whether a scorer's vocabulary fits a model's alphabet.
#ifndef DS_SCORER_FIT_H_
#define DS_SCORER_FIT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/alphabet.h"
#include "scorer/const_fst.h"
#include "scorer/language_model.h"

namespace ds {

constexpr uint32_t kAlphabetMagic = 0x48504c41;  // 'ALPH'

// Why a package cannot be used with an alphabet, for a sentence that begins with its name; empty if
// it can. `rest` is what follows its automaton: the alphabet, in packages that carry it.
//
// Packages of older tools do not, so the automaton's first words are looked at: labels in range,
// and ends where the alphabet has words end. Last, some of the words are looked up in the language
// model: it knows those of a scorer made for these labels, but hardly any of one whose labels are
// other letters.
std::string Misfit(std::string_view rest, const ConstFst& fst, const LanguageModel& lm,
                   const Alphabet& alphabet);

}  // namespace ds
#endif  // DS_SCORER_FIT_H_
