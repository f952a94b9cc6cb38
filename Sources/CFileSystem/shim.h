#pragma once
#include <sys/types.h>
// Calls of Linux that are not part of Swift's Glibc module.
int syncfs(int descriptor);
ssize_t copy_file_range(int from, long *from_offset, int to, long *to_offset, size_t count, unsigned int flags);
