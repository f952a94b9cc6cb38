#ifndef C_SYSTEM_CALL_PROBE_H
#define C_SYSTEM_CALL_PROBE_H

#include <stddef.h>
#include <stdint.h>

// For tests: an executable that links this target calls its `open`, `pread`, `pwrite`, `ftruncate`, `fdatasync`,
// `fsync` and `flock` instead of those of the C library, because symbols of the executable come first. They make the
// same system calls. On a thread that records, they also note each call, and fail or transfer less on request.

enum __attribute__((enum_extensibility(closed))) SystemCallKind {
    SystemCallKindOpen,
    SystemCallKindPread,
    SystemCallKindPwrite,
    SystemCallKindFtruncate,
    SystemCallKindFdatasync,
    SystemCallKindFsync,
    SystemCallKindFlock,
};

struct SystemCallRecord {
    enum SystemCallKind kind;
    int descriptor;
    /// The file of the descriptor; 0 if the call opened none.
    uint64_t inode;
    int64_t offset;
    /// The requested number of bytes, or the size of a truncation.
    uint64_t count;
    /// -1 after a failure.
    int64_t result;
};

/// Starts recording on this thread, without requests to fail.
void system_calls_record(void);

/// Stops recording on this thread.
///
/// Returns the number of calls noted, at most 256.
size_t system_calls_stop(void);

/// One of the calls noted last on this thread, in order.
struct SystemCallRecord system_calls_noted(size_t index);

/// Makes the next calls of a kind fail on this thread, while it records, without their system call.
void system_calls_fail(enum SystemCallKind kind, int error, unsigned times);

/// Limits the bytes that a call of a kind transfers on this thread, while it records.
void system_calls_limit(enum SystemCallKind kind, size_t bytes);

#endif
