#pragma once
#include <sys/types.h>
#include <unistd.h>
// Calls of Linux that are not part of Swift's Glibc module.
int syncfs(int descriptor);
ssize_t copy_file_range(int from, long *from_offset, int to, long *to_offset, size_t count, unsigned int flags);

/// The pages of a range of a file that are in the page cache (cachestat, Linux 6.5). The C library has no function for it; its
/// number is that of every architecture.
///
/// Returns -1 and sets `errno` if the kernel lacks the call, or refuses it.
static inline long long wharf_cached_pages(int descriptor, unsigned long long start, unsigned long long length) {
    struct {
        unsigned long long start, length;
    } range = {start, length};
    struct {
        unsigned long long cached, dirty, writeback, evicted, recently_evicted;
    } statistics;
    return syscall(451, descriptor, &range, &statistics, 0) == 0 ? (long long)statistics.cached : -1;
}
