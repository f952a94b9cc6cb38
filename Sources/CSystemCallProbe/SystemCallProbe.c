#define _GNU_SOURCE
#include "CSystemCallProbe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8 && sizeof(long) == 8, "offsets are passed to system calls in one register");

enum { kinds = SystemCallKindFlock + 1, recordsMax = 256 };

static _Thread_local struct {
    bool isRecording;
    size_t count;
    struct SystemCallRecord records[recordsMax];
    struct {
        unsigned failures;
        int error;
        size_t bytesMax;
    } requests[kinds];
} probe;

void system_calls_record(void) {
    memset(&probe, 0, sizeof probe);
    for (int kind = 0; kind < kinds; kind++) probe.requests[kind].bytesMax = SIZE_MAX;
    probe.isRecording = true;
}

size_t system_calls_stop(void) {
    probe.isRecording = false;
    return probe.count;
}

struct SystemCallRecord system_calls_noted(size_t index) { return probe.records[index]; }

void system_calls_fail(enum SystemCallKind kind, int error, unsigned times) {
    probe.requests[kind].error = error;
    probe.requests[kind].failures = times;
}

void system_calls_limit(enum SystemCallKind kind, size_t bytes) { probe.requests[kind].bytesMax = bytes; }

// MARK: - Around each call

/// Whether the call has to fail; `errno` is set then.
static bool fails(enum SystemCallKind kind) {
    if (!probe.isRecording || probe.requests[kind].failures == 0) return false;
    probe.requests[kind].failures--;
    errno = probe.requests[kind].error;
    return true;
}

static size_t limited(enum SystemCallKind kind, size_t bytes) {
    if (!probe.isRecording || bytes < probe.requests[kind].bytesMax) return bytes;
    return probe.requests[kind].bytesMax;
}

/// Notes a call and returns its result; keeps `errno`.
static long noted(enum SystemCallKind kind, int descriptor, int64_t offset, uint64_t count, long result) {
    if (!probe.isRecording || probe.count == recordsMax) return result;
    int error = errno;
    struct stat status;
    uint64_t inode = fstat(descriptor, &status) == 0 ? status.st_ino : 0;
    probe.records[probe.count++] = (struct SystemCallRecord){kind, descriptor, inode, offset, count, result};
    errno = error;
    return result;
}

// MARK: - The calls

int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    long result = fails(SystemCallKindOpen) ? -1 : syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    return (int)noted(SystemCallKindOpen, (int)result, 0, 0, result);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    size_t part = limited(SystemCallKindPread, count);
    long result = fails(SystemCallKindPread) ? -1 : syscall(SYS_pread64, descriptor, bytes, part, offset);
    return noted(SystemCallKindPread, descriptor, offset, count, result);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    size_t part = limited(SystemCallKindPwrite, count);
    long result = fails(SystemCallKindPwrite) ? -1 : syscall(SYS_pwrite64, descriptor, bytes, part, offset);
    return noted(SystemCallKindPwrite, descriptor, offset, count, result);
}

int ftruncate(int descriptor, off_t size) {
    long result = fails(SystemCallKindFtruncate) ? -1 : syscall(SYS_ftruncate, descriptor, size);
    return (int)noted(SystemCallKindFtruncate, descriptor, 0, (uint64_t)size, result);
}

int fdatasync(int descriptor) {
    long result = fails(SystemCallKindFdatasync) ? -1 : syscall(SYS_fdatasync, descriptor);
    return (int)noted(SystemCallKindFdatasync, descriptor, 0, 0, result);
}

int fsync(int descriptor) {
    long result = fails(SystemCallKindFsync) ? -1 : syscall(SYS_fsync, descriptor);
    return (int)noted(SystemCallKindFsync, descriptor, 0, 0, result);
}

int flock(int descriptor, int operation) {
    long result = fails(SystemCallKindFlock) ? -1 : syscall(SYS_flock, descriptor, operation);
    return (int)noted(SystemCallKindFlock, descriptor, 0, 0, result);
}
