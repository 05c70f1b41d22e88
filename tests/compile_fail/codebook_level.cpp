// A level that is a double and no float32.
// expect: dyadic::Codebook<Levels>: every level must be a finite float32\. Write 0\.1F in place of 0\.1\.
#include <dyadic/format/codebook.hpp>
static_assert(dyadic::Codebook<std::array{-1.0, 0.1, 1.0}>::bits == 2);
