// Heads of keys that cannot be shared evenly.
// expect: dyadic::grouped_query_attention<QueryHeads, KeyHeads, HeadSize, Options...>: KeyHeads must divide QueryHeads
#include <dyadic/layer/attention.hpp>
static_assert(dyadic::grouped_query_attention<8, 3, 16>::kind == dyadic::op::attention);
