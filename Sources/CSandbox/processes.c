#define _GNU_SOURCE
#include "processes.h"
#include <fcntl.h>
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

int wharf_is_read_only(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY;
}
