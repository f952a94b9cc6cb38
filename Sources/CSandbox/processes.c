#define _GNU_SOURCE
#include "processes.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t wharf_fork(void) { return fork(); }

int wharf_open_process(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

void wharf_close_from(unsigned first) { syscall(SYS_close_range, first, ~0U, 0); }

int wharf_make_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int wharf_seal_memory_file(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

static int open_reader_of(int writer) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", writer);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* For file systems without O_TMPFILE: the name exists for a moment. */
static int make_named_file(const char *directory, int *reader) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/.photo-XXXXXX", directory) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int writer = mkostemp(path, O_CLOEXEC);
    if (writer < 0) return -1;
    *reader = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    unlink(path);
    return writer;
}

int wharf_make_scratch_file(const char *directory, int *reader) {
    *reader = -1;
    int writer = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (writer >= 0) *reader = open_reader_of(writer);
    else if (errno == EOPNOTSUPP || errno == EISDIR) writer = make_named_file(directory, reader);
    if (writer < 0 || *reader >= 0) return writer;
    int failure = errno;
    close(writer);
    errno = failure;
    return -1;
}

int wharf_is_read_only(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY;
}

long wharf_system_call(long number, const long arguments[6]) {
    long result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    return result == -1 ? -errno : result;
}
