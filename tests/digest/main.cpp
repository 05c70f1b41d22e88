// SPDX-License-Identifier: BSL-1.0
// digest [--quick] [--check FILE]: prints the digest, or compares it with a recorded one and says what
// differs. --quick: a part of the inputs, for emulators; its hashes are the first half of every number in the
// file.
#include "digest.hpp"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>

namespace {

/// "values 0123456789abcdef": eight digits of the quick inputs, eight of all.
std::string text_of(const digest::part& p, bool quick) {
  char digits[24];
  if (quick) std::snprintf(digits, sizeof digits, "%08lx--------", static_cast<unsigned long>(p.quick));
  else
    std::snprintf(digits, sizeof digits, "%08lx%08lx", static_cast<unsigned long>(p.quick),
                  static_cast<unsigned long>(p.all));
  return std::string(p.label) + " " + digits;
}

/// A digest as text: name of a line -> its parts, each label -> its hash.
using table = std::map<std::string, std::map<std::string, std::string>>;
table table_of(std::istream& in) {
  table t;
  for (std::string text; std::getline(in, text);) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string::npos) continue;  // an empty line or one of words
    auto& parts = t[text.substr(0, colon)];
    std::size_t at = colon + 2;
    while (at < text.size()) {
      const std::size_t space = text.find(' ', at), end = text.find("  ", at);
      if (space == std::string::npos) break;
      parts[text.substr(at, space - at)] =
          text.substr(space + 1, end == std::string::npos ? end : end - space - 1);
      at = end == std::string::npos ? text.size() : end + 2;
    }
  }
  return t;
}

/// What differs between the recorded digest and the one of this program, a line each. In quick mode the first
/// eight digits count.
int differences(const table& recorded, const table& here, bool quick) {
  int n = 0;
  const auto say = [&](const std::string& words) {
    std::cout << words << '\n';
    ++n;
  };
  for (const auto& [name, parts] : here) {
    const auto line = recorded.find(name);
    if (line == recorded.end()) {
      say(name + ": not in the file; record it with ./dev digest --record");
      continue;
    }
    for (const auto& [label, hash] : parts) {
      const auto part = line->second.find(label);
      const std::size_t digits = quick ? 8 : 16;
      if (part == line->second.end()) say(name + ": the file has no " + label);
      else if (part->second.substr(0, digits) != hash.substr(0, digits))
        say(name + ": " + label + " differ: recorded " + part->second.substr(0, digits) + ", here " +
            hash.substr(0, digits));
    }
    for (const auto& [label, hash] : line->second)
      if (!parts.contains(label)) say(name + ": the file has " + label + ", this program has none");
  }
  for (const auto& [name, parts] : recorded)
    if (!here.contains(name)) say(name + ": in the file, but not in this program");
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  bool quick = false;
  const char* file = nullptr;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) quick = true;
    else if (std::strcmp(argv[i], "--check") == 0 && i + 1 < argc) file = argv[++i];
    else {
      std::cerr << "usage: digest [--quick] [--check FILE]\n";
      return 2;
    }
  }

  // 1. The lines. A name stands for one thing only.
  digest::book b(quick);
  digest::add_formats(b);
  digest::add_roundings(b);
  digest::add_numbers(b);
  digest::add_sums(b);
  digest::add_tensors_of_elements(b);
  digest::add_tensors_of_roundings(b);
  digest::add_tensors_of_blocks(b);
  digest::add_tensors_of_tiles(b);
  digest::add_tensors_of_steps(b);
  digest::add_tensors_of_parity(b);
  table here;
  std::string text;
  for (const digest::line& l : b.lines()) {
    const std::string name = l.kind + " " + l.name;
    if (here.contains(name)) continue;  // a scheme of two lists
    std::string parts;
    for (const digest::part& p : l.parts) {
      const std::string part = text_of(p, quick);
      parts += (parts.empty() ? "" : "  ") + part;
      here[name][std::string(p.label)] = part.substr(p.label.size() + 1);
    }
    text += name + ": " + parts + "\n";
  }

  // 2. Printed or compared.
  if (file == nullptr) {
    std::cout << text;
    return 0;
  }
  std::ifstream in(file);
  if (!in) {
    std::cerr << "digest: cannot read " << file << '\n';
    return 2;
  }
  const int n = differences(table_of(in), here, quick);
  if (n != 0)
    std::cout << n << " hashes differ from " << file << ". If the change is meant: ./dev digest --record\n";
  else std::cout << here.size() << " lines, as recorded\n";
  return n == 0 ? 0 : 1;
}
