#include <nacre/autodiff/tape.hpp>

namespace nacre::ad {
template class Tape<DefaultDevice>;
}
