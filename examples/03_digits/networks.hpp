// SPDX-License-Identifier: BSL-1.0
#pragma once
// Three networks that read handwritten digits, 8 × 8 pixels, and answer with ten logits. Nodes stand in order; each has a name, an
// operator and the names of its inputs. `dyn` is the batch. The file calls a parameter <network>/<node>.<parameter>: mlp/fc1.weight.
#include <dyadic/dyadic.hpp>

namespace digits {
using namespace dyadic;
// clang-format off

// A multilayer perceptron.
struct mlp final : graph<
    node<"x",    input<dyn, 8, 8>>,
    node<"flat", flatten,        "x">,
    node<"fc1",  linear<64, 64>, "flat">,
    node<"act1", relu,           "fc1">,
    node<"fc2",  linear<64, 32>, "act1">,
    node<"act2", relu,           "fc2">,
    node<"fc3",  linear<32, 10>, "act2">> {};

// A convolutional network: 1 → 16 → 32 → 32 channels, and 8 → 8 → 4 → 2 pixels along each side.
struct cnn final : graph<
    node<"x",     input<dyn, 8, 8>>,
    node<"image", reshape<dyn, 1, 8, 8>,                            "x">,
    node<"conv1", conv2d<1, 16, 3, padding<1>, no_bias>,            "image">,
    node<"bn1",   batch_norm2d<16>,                                 "conv1">,
    node<"act1",  relu,                                             "bn1">,
    node<"conv2", conv2d<16, 32, 3, stride<2>, padding<1>, no_bias>, "act1">,
    node<"bn2",   batch_norm2d<32>,                                 "conv2">,
    node<"act2",  relu,                                             "bn2">,
    node<"conv3", conv2d<32, 32, 3, stride<2>, padding<1>, no_bias>, "act2">,
    node<"bn3",   batch_norm2d<32>,                                 "conv3">,
    node<"act3",  relu,                                             "bn3">,
    node<"flat",  flatten,                                          "act3">,
    node<"fc",    linear<128, 10>,                                  "flat">> {};

// A vision transformer: 16 patches of 2 × 2 pixels, each a vector of 32; two blocks, each x + attention(x) with 4 heads of 8, then
// x + up-gelu-down(x), both on normalised values; the mean over all patches is what the head looks at.
struct vit final : graph<
    node<"x",       input<dyn, 8, 8>>,
    node<"grid",    reshape<dyn, 4, 2, 4, 2>,  "x">,       // row of patches, row of pixels in it, column, column
    node<"sorted",  permute<0, 1, 3, 2, 4>,    "grid">,
    node<"patches", reshape<dyn, 16, 4>,       "sorted">,
    node<"embed",   linear<4, 32>,             "patches">,
    node<"pos",     learned<16, 32>>,                      // where a patch is
    node<"h0",      add,                       "embed", "pos">,

    node<"block1.ln1",     layer_norm<32>,            "h0">,
    node<"block1.q",       linear<32, 32>,            "block1.ln1">,
    node<"block1.k",       linear<32, 32>,            "block1.ln1">,
    node<"block1.v",       linear<32, 32>,            "block1.ln1">,
    node<"block1.q.heads", split_heads<4>,            "block1.q">,
    node<"block1.k.heads", split_heads<4>,            "block1.k">,
    node<"block1.v.heads", split_heads<4>,            "block1.v">,
    node<"block1.qs",      reshape<dyn, 16, 8>,       "block1.q.heads">,  // [n·4, 16, 8]: a matrix per image and head
    node<"block1.ks",      reshape<dyn, 16, 8>,       "block1.k.heads">,
    node<"block1.vs",      reshape<dyn, 16, 8>,       "block1.v.heads">,
    node<"block1.kt",      transpose<1, 2>,           "block1.ks">,
    node<"block1.scores",  bmm,                       "block1.qs", "block1.kt">,
    node<"block1.scaled",  scale_by<inverse_sqrt<8>>, "block1.scores">,
    node<"block1.softmax", softmax,                   "block1.scaled">,
    node<"block1.context", bmm,                       "block1.softmax", "block1.vs">,
    node<"block1.heads",   reshape<dyn, 4, 16, 8>,    "block1.context">,
    node<"block1.merged",  merge_heads,               "block1.heads">,
    node<"block1.o",       linear<32, 32>,            "block1.merged">,
    node<"h1",             add,                       "h0", "block1.o">,
    node<"block1.ln2",     layer_norm<32>,            "h1">,
    node<"block1.up",      linear<32, 128>,           "block1.ln2">,
    node<"block1.gelu",    gelu,                      "block1.up">,
    node<"block1.down",    linear<128, 32>,           "block1.gelu">,
    node<"h2",             add,                       "h1", "block1.down">,

    node<"block2.ln1",     layer_norm<32>,            "h2">,
    node<"block2.q",       linear<32, 32>,            "block2.ln1">,
    node<"block2.k",       linear<32, 32>,            "block2.ln1">,
    node<"block2.v",       linear<32, 32>,            "block2.ln1">,
    node<"block2.q.heads", split_heads<4>,            "block2.q">,
    node<"block2.k.heads", split_heads<4>,            "block2.k">,
    node<"block2.v.heads", split_heads<4>,            "block2.v">,
    node<"block2.qs",      reshape<dyn, 16, 8>,       "block2.q.heads">,
    node<"block2.ks",      reshape<dyn, 16, 8>,       "block2.k.heads">,
    node<"block2.vs",      reshape<dyn, 16, 8>,       "block2.v.heads">,
    node<"block2.kt",      transpose<1, 2>,           "block2.ks">,
    node<"block2.scores",  bmm,                       "block2.qs", "block2.kt">,
    node<"block2.scaled",  scale_by<inverse_sqrt<8>>, "block2.scores">,
    node<"block2.softmax", softmax,                   "block2.scaled">,
    node<"block2.context", bmm,                       "block2.softmax", "block2.vs">,
    node<"block2.heads",   reshape<dyn, 4, 16, 8>,    "block2.context">,
    node<"block2.merged",  merge_heads,               "block2.heads">,
    node<"block2.o",       linear<32, 32>,            "block2.merged">,
    node<"h3",             add,                       "h2", "block2.o">,
    node<"block2.ln2",     layer_norm<32>,            "h3">,
    node<"block2.up",      linear<32, 128>,           "block2.ln2">,
    node<"block2.gelu",    gelu,                      "block2.up">,
    node<"block2.down",    linear<128, 32>,           "block2.gelu">,
    node<"h4",             add,                       "h3", "block2.down">,

    node<"ln",   layer_norm<32>, "h4">,
    node<"mean", mean<1>,        "ln">,
    node<"head", linear<32, 10>, "mean">> {};

// clang-format on
}  // namespace digits
