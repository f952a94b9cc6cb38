/*
 * Shifts the clocks of the process that preloads it: CLOCKS names a file of two 64-bit integers, the milliseconds added to
 * the time of day and to the monotonic clock. A change of the file takes effect at once. A machine that was suspended has a
 * later time of day and the same monotonic time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *offsets;

__attribute__((constructor)) static void map_offsets(void) {
    const char *path = getenv("CLOCKS");
    if (!path) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) abort();
    void *memory = mmap(NULL, 2 * sizeof *offsets, PROT_READ, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) abort();
    close(file);
    offsets = memory;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result != 0 || !offsets) return result;
    int64_t shift = 0;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) shift = offsets[0];
    if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME) shift = offsets[1];
    int64_t nanoseconds = time->tv_nsec + (shift % 1000) * 1000000;
    time->tv_sec += shift / 1000 + nanoseconds / 1000000000 - (nanoseconds % 1000000000 < 0);
    time->tv_nsec = nanoseconds % 1000000000 + (nanoseconds % 1000000000 < 0 ? 1000000000 : 0);
    return 0;
}
