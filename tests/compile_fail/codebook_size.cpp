// More levels than a code of eight bits tells apart.
// expect: dyadic::Codebook<Levels>: a codebook has 2 to 256 levels\.
#include <dyadic/format/codebook.hpp>
static_assert(dyadic::Codebook<std::array<int, 257>{}>::bits == 9);
