// Numbers, times and strings as the formats of the command have them.
#ifndef DS_CLIENT_WRITING_H_
#define DS_CLIENT_WRITING_H_

#include <cstddef>
#include <string>
#include <vector>

namespace ds {

std::string Printf(const char* format, double value);

// At most `digits` (4 or 6) after the point, and no zeros at the end.
std::string Number(double value, int digits);

// 01:02:03,456
std::string Clock(double seconds, char point);

// A string of JSON; and as json.dumps writes it: everything but ASCII as \uXXXX, above 0xFFFF as
// two of them.
std::string Quoted(const std::string& text);
std::string AsciiQuoted(const std::string& text);

// A list of JSON, of the items from `first` on.
template <class Item, class Text>
std::string List(const std::vector<Item>& items, size_t first, Text text) {
  std::string json = "[";
  for (size_t i = first; i < items.size(); ++i) json += (i > first ? ", " : "") + text(items[i]);
  return json + "]";
}

}  // namespace ds
#endif  // DS_CLIENT_WRITING_H_
