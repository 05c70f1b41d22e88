// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file dyadic.hpp
/// Formats, tensors, operators, graphs, and the passes config, quantize, summary and compare. Headers of their own
/// have: `io/` (files, and with them JSON), `format/literals.hpp` (`1.5_e4m3`), `format/p3109.hpp` (IEEE P3109's
/// names), `format/mase.hpp` (the reference toolkit's own roundings), `format/accumulator.hpp` and
/// `kernel/accumulate.hpp` (sums in a small register), `model/replacing.hpp` (lookup tables), `model/rewrite.hpp`
/// (passes of your own), `pass/native.hpp`, `pass/verify.hpp`, `pass/tables.hpp`.
#include <dyadic/format/binary.hpp>
#include <dyadic/format/block.hpp>
#include <dyadic/format/codebook.hpp>
#include <dyadic/format/dot.hpp>
#include <dyadic/format/e8m0.hpp>
#include <dyadic/format/fixed.hpp>
#include <dyadic/format/four_over_six.hpp>
#include <dyadic/format/given.hpp>
#include <dyadic/format/if4.hpp>
#include <dyadic/format/limits.hpp>
#include <dyadic/format/log.hpp>
#include <dyadic/format/minifloat.hpp>
#include <dyadic/format/number_stream.hpp>
#include <dyadic/format/policy.hpp>
#include <dyadic/format/posit.hpp>
#include <dyadic/format/scaled.hpp>
#include <dyadic/format/scheme.hpp>
#include <dyadic/format/statistics.hpp>
#include <dyadic/format/storage.hpp>
#include <dyadic/format/takum.hpp>
#include <dyadic/format/unsigned_minifloat.hpp>
#include <dyadic/kernel/encode.hpp>
#include <dyadic/kernel/fake_quantize.hpp>
#include <dyadic/kernel/num_traits.hpp>
#include <dyadic/kernel/packed.hpp>
#include <dyadic/kernel/tensor.hpp>
#include <dyadic/layer/activation.hpp>
#include <dyadic/layer/attention.hpp>
#include <dyadic/layer/concat.hpp>
#include <dyadic/layer/conv.hpp>
#include <dyadic/layer/elementwise.hpp>
#include <dyadic/layer/embedding.hpp>
#include <dyadic/layer/input.hpp>
#include <dyadic/layer/linear.hpp>
#include <dyadic/layer/matmul.hpp>
#include <dyadic/layer/mean.hpp>
#include <dyadic/layer/norm.hpp>
#include <dyadic/layer/permute.hpp>
#include <dyadic/layer/pool.hpp>
#include <dyadic/layer/shape.hpp>
#include <dyadic/layer/softmax.hpp>
#include <dyadic/model/graph.hpp>
#include <dyadic/model/model.hpp>
#include <dyadic/model/weights.hpp>
#include <dyadic/pass/compare.hpp>
#include <dyadic/pass/config.hpp>
#include <dyadic/pass/quantize.hpp>
#include <dyadic/pass/summary.hpp>
#include <dyadic/version.hpp>
#include <dyadic/fwd.hpp>
