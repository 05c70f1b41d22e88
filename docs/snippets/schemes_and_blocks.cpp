// SPDX-License-Identifier: BSL-1.0
// The C++ of docs/schemes_and_blocks.md; a test compares them.
#include <dyadic/dyadic.hpp>
#include <dyadic/io/packed.hpp>  // files; dyadic.hpp leaves them out

#include <iostream>
#include <type_traits>
using namespace dyadic;

// clang-format off
static_assert(std::is_same_v<MXFP4, Block<E2M1, Along<32>, E8M0, ScaleRule::floor>>);
static_assert(bits_per_value<BlockFP<7, 8>> == 7.5);         // 7 bits, and 8 bits of exponent for 16 values
using Tile = BlockFP<6, 8, Shape<4, 4>>;                     // one exponent for a tile of the last two dimensions
using Careful = MX<E4M3, ScaleRule::mse>;                    // of three exponents the one with the least squared error
using Channel = Scaled<SymmetricFixed<8, 0>, PerChannel>;    // int8 under a float32 scale for each output channel of a weight
using Asymmetric = Affine<8, Shape<whole, whole>>;           // uint8 with a zero point for a whole matrix

using OneBit = ScaledBinary<PerRow>;                         // ±α, α the mean magnitude of the row
using Ternaries = ScaledTernary<TernaryRule::mean75>;        // 0, ±α; zero below 0.75 of the mean magnitude

static_assert(BlockScheme<Tile> && BlockScheme<Careful> && BlockScheme<Channel> && BlockScheme<Asymmetric> && BlockScheme<OneBit> && BlockScheme<Ternaries>);

int main() {
  Tensor<2> w(2, 32);
  for (int i = 0; i < 64; ++i) w.data()[i] = static_cast<float>(i - 20) / 8;

  const Tensor<2> q = fake_quantize<MXFP4>(w);   // values of MXFP4, as float32
  const Packed<MXFP4> p = encode<MXFP4>(w);      // codes and scales, as bytes
  const Tensor<2> back = decode<2>(p);           // the same values again
  std::cout << w(0, 31) << " becomes " << q(0, 31) << "; " << p.size_bytes() << " bytes, " << bits_per_value<MXFP4> << " bits a value\n";

  safetensors::Writer out;
  save_packed(out, "w", p);
  const auto file = safetensors::parse(out.bytes());           // or out.save(path) and safetensors::open(path)
  std::cout << (load_packed<MXFP4>(file, "w") == p) << '\n';
  try {
    (void)load_packed<MXINT8>(file, "w");
  } catch (const error& e) {
    std::cout << e.what() << '\n';
  }
  return back(1, 3) == q(1, 3) ? 0 : 1;
}
