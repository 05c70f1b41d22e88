// A permutation that names a dimension twice.
// expect: dyadic::permute<Order...>: every dimension from 0 on must be named exactly once
#include <dyadic/layer/permute.hpp>
static_assert(dyadic::permute<0, 2, 2>::kind == dyadic::op::permute);
