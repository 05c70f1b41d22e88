// SPDX-License-Identifier: BSL-1.0
/// @file replay.cpp
/// replay FOLDER…: gives every file in the folders to a harness, in place of libFuzzer: an ordinary test, for every compiler.
#include "fuzz/check.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i)
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (entry.path().extension() == ".md") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      std::cerr << entry.path().filename().string() << '\n';  // the last one named is the one that broke it
      // A copy of just this size on the heap, so that a read past the end is caught.
      const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
      LLVMFuzzerTestOneInput(copy.data(), copy.size());
      ++files;
    }
  std::cerr << files << " inputs\n";
  return files != 0 ? 0 : 1;
}
