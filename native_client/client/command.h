// The command `deepspeech`, for the program and for Python's console script alike.
#ifndef DS_CLIENT_COMMAND_H_
#define DS_CLIENT_COMMAND_H_

#include <string>
#include <vector>

#include "client/options.h"

namespace ds {

// Runs the command; `arguments` are without the program's name. Returns the exit status.
int RunCommand(const std::vector<std::string>& arguments, JsonStyle style);

}  // namespace ds
#endif  // DS_CLIENT_COMMAND_H_
