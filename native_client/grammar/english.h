// English numbers and dates, as the grammar `en`.
#ifndef DS_GRAMMAR_ENGLISH_H_
#define DS_GRAMMAR_ENGLISH_H_

namespace ds {

extern const char kEnglish[];

}  // namespace ds
#endif  // DS_GRAMMAR_ENGLISH_H_
