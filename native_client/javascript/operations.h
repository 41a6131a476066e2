// The functions of the library that JavaScript calls.
#ifndef DS_JAVASCRIPT_OPERATIONS_H_
#define DS_JAVASCRIPT_OPERATIONS_H_

#include <vector>

#include "javascript/call.h"

namespace ds {

const std::vector<Operation>& Operations();

}  // namespace ds

#endif  // DS_JAVASCRIPT_OPERATIONS_H_
