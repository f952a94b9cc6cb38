#pragma once
// glibc's settings of its allocator, which are not part of Swift's Glibc module.
#include <malloc.h>
