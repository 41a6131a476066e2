#include "client/convert_command.h"

int main(int argc, char** argv) { return ds::RunConvert({argv + 1, argv + argc}); }
