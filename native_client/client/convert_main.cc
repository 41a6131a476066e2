#include "client/convert_command.h"
#include "client/guarded.h"

int main(int argc, char** argv) {
  return ds::Guarded("deepspeech-convert", [&] { return ds::RunConvert({argv + 1, argv + argc}); });
}
