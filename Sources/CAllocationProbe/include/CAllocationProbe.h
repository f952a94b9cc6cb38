#ifndef C_ALLOCATION_PROBE_H
#define C_ALLOCATION_PROBE_H

#include <stdint.h>

// For measurements: an executable that links this target calls its `malloc` and the like instead of glibc's, because
// symbols of the executable come first. They call glibc's, and count on all threads.

/// The blocks allocated so far; a block that was made larger or smaller counts again.
uint64_t allocation_count(void);

#endif
