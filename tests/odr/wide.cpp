// SPDX-License-Identifier: BSL-1.0
#define DYADIC_ODR_NAME quantised_wide
#include "unit.hpp"
