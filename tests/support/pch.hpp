// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file pch.hpp
/// What nearly every test parses beside the library's headers: precompiled once, with them. Tests still include what they use.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <unsupported/Eigen/CXX11/Tensor>
#include <vector>
