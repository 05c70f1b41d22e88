// SPDX-License-Identifier: BSL-1.0
#include <dyadic/base/bits.hpp>
