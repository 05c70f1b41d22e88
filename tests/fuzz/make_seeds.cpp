// SPDX-License-Identifier: BSL-1.0
/// @file make_seeds.cpp
/// make_seeds FOLDER: writes the seed corpus, sound files and hostile ones from which the fuzzer sets out.
#include <dyadic/format/block.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/io/packed.hpp>
#include <dyadic/kernel/encode.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>

namespace {

using namespace dyadic;

void write(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
void write(const std::filesystem::path& path, const std::string& text) { write(path, std::as_bytes(std::span(text))); }

/// A file with this header, a claim of its length (-1: the truth) and so many bytes of data.
std::string with_header(const std::string& header, std::size_t data = 0, std::int64_t claim = -1) {
  const std::uint64_t n = claim < 0 ? header.size() : static_cast<std::uint64_t>(claim);
  std::string file(8, '\0');
  std::memcpy(file.data(), &n, 8);
  return file + header + std::string(data, '\1');
}

const std::vector<float> weights{0.0F, -0.0F, 0.1F, -1.5F, 3.25F, 448.0F, 1e-40F, -7e37F, 0.5F, 2.0F, -0.3F, 0.7F};
const float nan_value = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

template <class S>
void packed_seed(const std::filesystem::path& folder, const std::string& file) {
  std::vector<float> x;
  for (int i = 0; i < 3; ++i) x.insert(x.end(), weights.begin(), weights.end());
  safetensors::Writer out;
  save_packed(out, "w", encode<S>(ConstView{x.data(), {2, 18}}));
  write(folder / "packed" / file, out.bytes());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "make_seeds FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];

  const auto safe = folder / "safetensors";
  safetensors::Writer all;
  for (const auto& d : safetensors::detail::dtypes) {
    const std::vector<std::byte> eight(static_cast<std::size_t>(safetensors::size_bits(d.dtype)), std::byte{0x3c});
    all.add("t/" + std::string(d.name), d.dtype, eight, {2, 4});
  }
  all.metadata("format", "pt").metadata("k\n\"\\", "\u4e2d");
  write(safe / "every_dtype", all.bytes());
  safetensors::Writer odd;
  odd.add("empty", std::vector<float>{}, {0, 7}).add("scalar", std::vector<float>{nan_value}, {});
  odd.add("inf", std::vector<float>{infinity, -infinity, nan_value, 1e-45F}, {1, 1, 4});
  odd.add("", std::vector<std::uint8_t>{1}, {1, 1, 1, 1, 1, 1, 1, 1});
  write(safe / "odd_shapes_and_values", odd.bytes());
  write(safe / "unknown_dtype",
        with_header(R"({"a":{"dtype":"F3_E1M1","shape":[2,9],"data_offsets":[0,7]},"b":{"dtype":"F4","shape":[2],"data_offsets":[7,8]}})",
                    8));
  write(safe / "unknown_dtype_of_any_shape",
        with_header(R"({"a":{"dtype":"I128","shape":[1152921504606846975,7],"data_offsets":[0,3]}})", 3));
  write(safe / "part_of_a_byte", with_header(R"({"a":{"dtype":"F6_E2M3","shape":[3],"data_offsets":[0,3]}})", 3));
  write(safe / "bits_overflow", with_header(R"({"a":{"dtype":"F6_E3M2","shape":[3074457345618258608],"data_offsets":[0,4]}})", 4));
  write(safe / "no_tensors", with_header("{}"));
  write(safe / "no_bytes", std::string());
  write(safe / "header_of_4_gib", with_header("{}", 0, std::int64_t{1} << 32));
  write(safe / "header_past_the_end", with_header("{}", 0, 3));
  write(safe / "deep_lists", with_header("{\"w\":" + std::string(2000, '[') + "}"));
  std::string deep = "{";
  for (int i = 0; i < 500; ++i) deep += "\"w\":{";
  write(safe / "deep_objects", with_header(deep));
  write(safe / "not_utf8", with_header("{\"\xff\xfe\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1));
  write(safe / "half_a_surrogate", with_header(R"({"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1));
  write(safe / "shape_overflows", with_header(R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})"));
  write(safe / "overlap",
        with_header(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3));
  write(safe / "numbers", with_header(R"({"w":{"dtype":"F32","shape":[1e9,-1,1.5],"data_offsets":[18446744073709551616,0]}})"));

  packed_seed<Fixed<6, 3>>(folder, "fixed_6_3");
  packed_seed<Fixed<12, 6>>(folder, "fixed_12_6");
  packed_seed<E4M3>(folder, "e4m3");
  packed_seed<Half>(folder, "half");
  packed_seed<LogQ<5>>(folder, "logq_5");
  packed_seed<Binary>(folder, "binary");
  packed_seed<Ternary>(folder, "ternary");
  packed_seed<BlockFP<6, 4>>(folder, "block_fp");
  packed_seed<MXFP4>(folder, "mxfp4");
  packed_seed<MXINT8>(folder, "mxint8");
  packed_seed<NVFP4>(folder, "nvfp4");
  packed_seed<Scaled<SymmetricFixed<8, 0>, PerRow>>(folder, "scaled");
  packed_seed<Affine<4, Shape<whole>>>(folder, "affine");
  packed_seed<ScaledBinary<PerTensor>>(folder, "scaled_binary");
  packed_seed<ScaledTernary<>>(folder, "scaled_ternary");
  write(
      folder / "packed" / "shape_lies",
      with_header(
          R"({"__metadata__":{"w.scheme":"E4M3","w.shape":"[999999999999999999, 9]"},"w.codes":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
          2));

  for (int kind = 0; kind < 6; ++kind) {
    std::string s{static_cast<char>(kind % 2), static_cast<char>(kind / 2)};
    for (int i = 0; i < 120; ++i) s += static_cast<char>(i * 7 % 5 + (i < 8 ? 2 : 0));
    write(folder / "tables" / ((kind % 2 == 0 ? "linear_" : "conv_") + std::to_string(kind / 2)), s);
  }

  const std::vector<float> hard{0.0F, -0.0F, nan_value,      infinity, -infinity, 1e-45F, -1e-39F, 3.4028235e38F,
                                0.5F, 1.0F,  1.1754944e-38F, 448.0F,   464.0F,    6.0F,   5.0F,    0.25F};
  for (unsigned scheme = 0; scheme < 31; ++scheme) {
    std::string s{static_cast<char>(scheme), '\2', '\6'};
    for (int round = 0; round < 3; ++round)
      for (const float v : round == 1 ? weights : hard) {
        const float w = round == 2 && !(std::fabs(v) < 1e30F) ? 0.125F : v;
        s.append(reinterpret_cast<const char*>(&w), sizeof w);
      }
    write(folder / "kernels" / ("scheme_" + std::to_string(scheme)), s);
  }
}
