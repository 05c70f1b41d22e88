// Groups that do not divide the channels.
// expect: dyadic::group_norm<Groups, Channels, Options...>: Groups must divide Channels
#include <dyadic/layer/norm.hpp>
static_assert(dyadic::group_norm<4, 6>::kind == dyadic::op::group_norm);
