// A block of more values than 64 bits count.
// expect: dyadic::Shape<d\.\.\.>: a block must have fewer than 2\^63 values
#include <dyadic/format/shape.hpp>
static_assert(dyadic::Shape<4294967296, 4294967296>::size == 0);
