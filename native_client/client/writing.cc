#include "client/writing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace ds {

std::string Printf(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string Number(double value, int digits) {
  if (!std::isfinite(value)) return "null";
  std::string text = Printf(digits == 4 ? "%.4f" : "%.6f", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text += '0';
  return text == "-0.0" ? "0.0" : text;
}

std::string Clock(double seconds, char point) {
  const long long ms = std::llround(seconds * 1000);
  char text[64];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld%c%03lld", ms / 3600000, ms / 60000 % 60,
                ms / 1000 % 60, point, ms % 1000);
  return text;
}

std::string Quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      json += escape;
    } else {
      json += c;
    }
  }
  return json + '"';
}

std::string AsciiQuoted(const std::string& text) {
  std::string json = "\"";
  for (size_t i = 0; i < text.size();) {
    const unsigned char c = text[i];
    int length = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;
    uint32_t code = length == 1 ? c : length == 0 ? 0xFFFD : c & (0xFF >> (length + 1));
    for (int k = 1; k < length; ++k) {
      if (i + k >= text.size() || (text[i + k] & 0xC0) != 0x80) {
        code = 0xFFFD;  // broken UTF-8, which Python replaces when it reads the text
        length = k;
        break;
      }
      code = code << 6 | (text[i + k] & 0x3F);
    }
    i += std::max(length, 1);
    if (code == '"' || code == '\\') {
      json += '\\';
      json += static_cast<char>(code);
    } else if (code >= 0x20 && code < 0x7F) {
      json += static_cast<char>(code);
    } else if (code == '\n') {
      json += "\\n";
    } else if (code == '\r') {
      json += "\\r";
    } else if (code == '\t') {
      json += "\\t";
    } else {
      char escape[16];
      if (code > 0xFFFF) {
        std::snprintf(escape, sizeof escape, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10),
                      0xDC00 + ((code - 0x10000) & 0x3FF));
      } else {
        std::snprintf(escape, sizeof escape, "\\u%04x", code);
      }
      json += escape;
    }
  }
  return json + '"';
}

}  // namespace ds
