#include <nacre/nn/message_passing.hpp>

namespace nacre::nn {
template class MessagePassing<double>;
template class MessagePassing<float>;
}  // namespace nacre::nn
