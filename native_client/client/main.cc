#include "client/command.h"
#include "client/guarded.h"

int main(int argc, char** argv) {
  return ds::Guarded("deepspeech",
                     [&] { return ds::RunCommand({argv + 1, argv + argc}, ds::JsonStyle::kCpp); });
}
