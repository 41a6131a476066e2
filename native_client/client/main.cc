#include "client/command.h"

int main(int argc, char** argv) {
  return ds::RunCommand({argv + 1, argv + argc}, ds::JsonStyle::kCpp);
}
