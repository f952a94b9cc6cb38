#include "CAllocationProbe.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

// Glibc exports its own functions under these names for those who replace the others (“Replacing malloc” in its manual).
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t count;

uint64_t allocation_count(void) { return atomic_load(&count); }

static void *counted(void *block) {
    if (block == NULL) return NULL;
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
    return block;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t elements, size_t size) { return counted(__libc_calloc(elements, size)); }

void *realloc(void *block, size_t size) { return counted(__libc_realloc(block, size)); }

void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    void *aligned = memalign(alignment, size);
    if (aligned == NULL) return ENOMEM;
    *block = aligned;
    return 0;
}
