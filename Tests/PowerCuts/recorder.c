// Records every call of a process that changes a file below a directory, and every sync, for tests of power losses.
//
// Loaded with LD_PRELOAD. RECORDER_ROOT is the directory, as a real path; RECORDER_LOG is the log, to which others may
// append facts of their own (kind 0) in the same format: the order of the log is the order of events.
//
// A change and its record are made under one lock, so that the log has the order of the changes. A sync is recorded
// twice: it covers the changes before its beginning, and it counts from its end. A call that cannot be recorded
// faithfully is recorded as unsupported, which fails the test.
//
// RECORDER_SYNC_DELAY is a time in microseconds that each sync takes longer, as on a disk: calls are then made meanwhile.
//
// The calls bypass libc's own functions: there is nothing to look up and nothing recurses.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum Kind { fact, found, create, make_directory, remove_name, rename_name, write_bytes, set_size, extend, sync_begin, sync_end, unsupported };
enum Scope { file_scope, directory_scope, disk_scope };

// Followed by a payload: bytes, or paths relative to the root, separated by a zero byte.
struct Record {
    uint32_t bytes;
    uint32_t kind;
    uint64_t file;
    uint64_t offset;
    uint64_t count;
};

static int log_descriptor = -1;
static char root[PATH_MAX];
static size_t root_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// Files by their inodes. A file that takes over the inode of a removed one gets a new number when it is created.
static struct Known {
    dev_t device;
    ino_t inode;
    uint64_t number;
} *known;
static size_t known_count, known_capacity;
static uint64_t last_number, last_sync;
static struct timespec sync_delay;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("RECORDER_LOG"), *directory = getenv("RECORDER_ROOT");
    if (!path || !directory || strlen(directory) >= sizeof root) return;
    strcpy(root, directory);
    root_length = strlen(root);
    const char *delay = getenv("RECORDER_SYNC_DELAY");
    if (delay) sync_delay.tv_nsec = atol(delay) * 1000;
    // Unlike the numbers of other processes in the log.
    last_number = (uint64_t)getpid() << 32;
    log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
}

// One write: O_APPEND makes it atomic among all that append.
static void append(enum Kind kind, uint64_t file, uint64_t offset, uint64_t count, const struct iovec *parts, int part_count) {
    struct Record record = {sizeof record, kind, file, offset, count};
    struct iovec all[IOV_MAX];
    if (part_count >= IOV_MAX) abort();
    all[0] = (struct iovec){&record, sizeof record};
    size_t length = sizeof record;
    for (int index = 0; index < part_count; index++) {
        all[index + 1] = parts[index];
        length += parts[index].iov_len;
    }
    record.bytes = (uint32_t)length;
    if (syscall(SYS_writev, log_descriptor, all, part_count + 1) != (long)length) abort();
}

static void append_path(enum Kind kind, uint64_t file, uint64_t offset, uint64_t count, const char *path) {
    append(kind, file, offset, count, &(struct iovec){(void *)path, strlen(path)}, 1);
}

// MARK: - Paths and files

// The path relative to the root, in `buffer`; NULL for everything outside.
static const char *relative(int directory, const char *path, char buffer[PATH_MAX]) {
    if (log_descriptor < 0 || !path) return NULL;
    if (path[0] != '/') {
        char link[64] = "/proc/self/cwd";
        if (directory != AT_FDCWD) snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        long length = syscall(SYS_readlinkat, AT_FDCWD, link, buffer, PATH_MAX - 1);
        if (length < 0) return NULL;
        buffer[length] = 0;
        if ((size_t)length + 1 + strlen(path) >= PATH_MAX) return NULL;
        if (path[0]) strcat(strcat(buffer, "/"), path);
    } else {
        if (strlen(path) >= PATH_MAX) return NULL;
        strcpy(buffer, path);
    }
    if (strncmp(buffer, root, root_length) != 0) return NULL;
    char *rest = buffer + root_length;
    if (*rest && *rest != '/') return NULL;
    while (*rest == '/') rest++;
    for (size_t length = strlen(rest); length > 0 && rest[length - 1] == '/';) rest[--length] = 0;
    return rest;
}

static struct Known *find(const struct stat *status) {
    for (size_t index = known_count; index-- > 0;)
        if (known[index].inode == status->st_ino && known[index].device == status->st_dev) return &known[index];
    return NULL;
}

static uint64_t assign_number(const struct stat *status) {
    struct Known *entry = find(status);
    if (!entry) {
        if (known_count == known_capacity) {
            known_capacity = known_capacity * 2 + 64;
            known = realloc(known, known_capacity * sizeof *known);
            if (!known) abort();
        }
        entry = &known[known_count++];
    }
    *entry = (struct Known){status->st_dev, status->st_ino, ++last_number};
    return last_number;
}

// The number of an open file of the directory; 0 for anything else. `lock` is held.
static uint64_t number_of(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    struct Known *entry = find(&status);
    return entry ? entry->number : 0;
}

static void refuse(const char *call) { append_path(unsupported, 0, 0, 0, call); }

#define RECORDING(statement) \
    do { \
        int error_before = errno; \
        statement; \
        errno = error_before; \
    } while (0)

// MARK: - Opening

// A file with another boot of the machine than that of the verification: a cut of the power ends the boot.
static int otherBoot(void) {
    static const char boot[] = "00000000-0000-4000-8000-000000000000\n";
    int descriptor = (int)syscall(SYS_memfd_create, "boot_id", MFD_CLOEXEC);
    if (descriptor >= 0) syscall(SYS_pwrite64, descriptor, boot, sizeof boot - 1, 0);
    return descriptor;
}

static int opened(int directory, const char *path, int flags, mode_t mode) {
    if (strcmp(path, "/proc/sys/kernel/random/boot_id") == 0) return otherBoot();
    char buffer[PATH_MAX];
    const char *name = relative(directory, path, buffer);
    if (!name) return (int)syscall(SYS_openat, directory, path, flags, mode);
    pthread_mutex_lock(&lock);
    bool is_new = false;
    long result;
    if ((flags & O_CREAT) && !(flags & O_EXCL)) {
        result = syscall(SYS_openat, directory, path, flags & ~O_CREAT, mode);
        if (result < 0 && errno == ENOENT) {
            result = syscall(SYS_openat, directory, path, flags, mode);
            is_new = result >= 0;
        }
    } else {
        result = syscall(SYS_openat, directory, path, flags, mode);
        is_new = result >= 0 && (flags & O_CREAT);
    }
    struct stat status;
    if (result >= 0 && fstat((int)result, &status) == 0 && S_ISREG(status.st_mode)) {
        if ((flags & O_TMPFILE) == O_TMPFILE || ((flags & O_ACCMODE) != O_RDONLY && (flags & O_DSYNC))) refuse("open");
        if (is_new) {
            append_path(create, assign_number(&status), 0, 0, name);
        } else if (!find(&status)) {
            append_path(found, assign_number(&status), 0, 0, name);
        }
        if (!is_new && (flags & O_TRUNC)) append(set_size, find(&status)->number, 0, 0, NULL, 0);
    }
    RECORDING(pthread_mutex_unlock(&lock));
    return (int)result;
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if (((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE) { \
        va_list arguments; \
        va_start(arguments, flags); \
        mode = va_arg(arguments, mode_t); \
        va_end(arguments); \
    }

int open(const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
int openat(int directory, const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(directory, path, flags, mode);
}
int openat64(int directory, const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(directory, path, flags | O_LARGEFILE, mode);
}
int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags | O_LARGEFILE, 0); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

// MARK: - Bytes

// Records what was transferred. A negative offset stands for the position of the file.
static void note_write(uint64_t file, int descriptor, const struct iovec *parts, off_t offset, long done) {
    if (done <= 0) return;
    if (offset < 0) offset = lseek(descriptor, 0, SEEK_CUR) - done;
    struct iovec whole[IOV_MAX];
    int used = 0;
    for (size_t rest = (size_t)done; rest > 0; used++) {
        whole[used] = parts[used];
        if (whole[used].iov_len > rest) whole[used].iov_len = rest;
        rest -= whole[used].iov_len;
    }
    append(write_bytes, file, (uint64_t)offset, (uint64_t)done, whole, used);
}

// Whether a descriptor is a file of the directory; `lock` is held then. For all others, sockets above all, nothing is locked.
static bool lock_if_known(int descriptor, uint64_t *file) {
    if (log_descriptor < 0) return false;
    struct stat status;
    int error = errno;
    bool is_regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    errno = error;
    if (!is_regular) return false;
    pthread_mutex_lock(&lock);
    *file = number_of(descriptor);
    if (*file) return true;
    pthread_mutex_unlock(&lock);
    return false;
}

#define WRITTEN(parts, offset, call) \
    uint64_t file; \
    if (!lock_if_known(descriptor, &file)) return call; \
    long result = call; \
    RECORDING(note_write(file, descriptor, parts, offset, result); \
              pthread_mutex_unlock(&lock)); \
    return result;

ssize_t write(int descriptor, const void *bytes, size_t size) {
    struct iovec part = {(void *)bytes, size};
    WRITTEN(&part, -1, syscall(SYS_write, descriptor, bytes, size))
}
ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    WRITTEN(parts, -1, syscall(SYS_writev, descriptor, parts, count))
}
ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
    struct iovec part = {(void *)bytes, size};
    WRITTEN(&part, offset, syscall(SYS_pwrite64, descriptor, bytes, size, offset))
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off_t offset) { return pwrite(descriptor, bytes, size, offset); }
ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
    WRITTEN(parts, offset, syscall(SYS_pwritev, descriptor, parts, count, offset, 0))
}
ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off_t offset) { return pwritev(descriptor, parts, count, offset); }

#define SIZED(kind, offset, size, call) \
    uint64_t file; \
    if (!lock_if_known(descriptor, &file)) return (int)(call); \
    long result = call; \
    RECORDING(if (result == 0) append(kind, file, (uint64_t)(offset), (uint64_t)(size), NULL, 0); \
              pthread_mutex_unlock(&lock)); \
    return (int)result;

int ftruncate(int descriptor, off_t size) {
    SIZED(set_size, 0, size, syscall(SYS_ftruncate, descriptor, size))
}
int ftruncate64(int descriptor, off_t size) { return ftruncate(descriptor, size); }
int fallocate(int descriptor, int mode, off_t offset, off_t size) {
    SIZED(mode == 0 ? extend : unsupported, offset, size, syscall(SYS_fallocate, descriptor, mode, offset, size))
}
int fallocate64(int descriptor, int mode, off_t offset, off_t size) { return fallocate(descriptor, mode, offset, size); }
int posix_fallocate(int descriptor, off_t offset, off_t size) {
    int error = errno;
    int number = fallocate(descriptor, 0, offset, size) == 0 ? 0 : errno;
    errno = error;
    return number;
}
int posix_fallocate64(int descriptor, off_t offset, off_t size) { return posix_fallocate(descriptor, offset, size); }

// MARK: - Names

// Records a change of names that succeeded. `name` is NULL outside of the directory.
#define NAMED(name, record, call) \
    if (!(name)) return (int)(call); \
    pthread_mutex_lock(&lock); \
    long result = call; \
    RECORDING(if (result == 0) record; pthread_mutex_unlock(&lock)); \
    return (int)result;

int mkdirat(int directory, const char *path, mode_t mode) {
    char buffer[PATH_MAX];
    const char *name = relative(directory, path, buffer);
    NAMED(name, append_path(make_directory, 0, 0, 0, name), syscall(SYS_mkdirat, directory, path, mode))
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int unlinkat(int directory, const char *path, int flags) {
    char buffer[PATH_MAX];
    const char *name = relative(directory, path, buffer);
    NAMED(name, append_path(remove_name, 0, 0, 0, name), syscall(SYS_unlinkat, directory, path, flags))
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    int result = unlinkat(AT_FDCWD, path, 0);
    return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

static void note_rename(const char *from, const char *to, unsigned flags) {
    if (!from || !to || flags & ~(unsigned)RENAME_NOREPLACE) {
        refuse("rename");
        return;
    }
    struct iovec paths[2] = {{(void *)from, strlen(from) + 1}, {(void *)to, strlen(to)}};
    append(rename_name, 0, 0, 0, paths, 2);
}
int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    char from_buffer[PATH_MAX], to_buffer[PATH_MAX];
    const char *from_name = relative(from_directory, from, from_buffer), *to_name = relative(to_directory, to, to_buffer);
    NAMED(from_name || to_name, note_rename(from_name, to_name, flags),
          syscall(SYS_renameat2, from_directory, from, to_directory, to, flags))
}
int renameat(int from_directory, const char *from, int to_directory, const char *to) {
    return renameat2(from_directory, from, to_directory, to, 0);
}
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
    char buffer[PATH_MAX];
    const char *name = relative(to_directory, to, buffer);
    NAMED(name, refuse("link"), syscall(SYS_linkat, from_directory, from, to_directory, to, flags))
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int symlinkat(const char *target, int directory, const char *path) {
    char buffer[PATH_MAX];
    const char *name = relative(directory, path, buffer);
    NAMED(name, refuse("symlink"), syscall(SYS_symlinkat, target, directory, path))
}
int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

// Truncates by a descriptor, which is recorded.
int truncate(const char *path, off_t size) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    int result = ftruncate(descriptor, size);
    RECORDING(syscall(SYS_close, descriptor));
    return result;
}
int truncate64(const char *path, off_t size) { return truncate(path, size); }

// MARK: - Syncs

static long synced(int descriptor, enum Scope scope, long call) {
    struct stat status;
    char buffer[PATH_MAX];
    const char *name = NULL;
    uint64_t file = 0;
    if (log_descriptor >= 0 && descriptor >= 0 && fstat(descriptor, &status) == 0) {
        if (S_ISDIR(status.st_mode)) {
            name = relative(descriptor, "", buffer);
            if (scope == file_scope) scope = directory_scope;
        } else {
            pthread_mutex_lock(&lock);
            file = number_of(descriptor);
            pthread_mutex_unlock(&lock);
        }
    }
    if (!name && !file) return syscall(call, descriptor);
    if (!name) name = "";
    uint64_t number = __atomic_add_fetch(&last_sync, 1, __ATOMIC_RELAXED);
    append_path(sync_begin, file, number, scope, name);
    long result = syscall(call, descriptor);
    RECORDING(if (sync_delay.tv_nsec > 0) nanosleep(&sync_delay, NULL));
    RECORDING(if (result == 0) append_path(sync_end, file, number, scope, name));
    return result;
}
int fsync(int descriptor) { return (int)synced(descriptor, file_scope, SYS_fsync); }
int fdatasync(int descriptor) { return (int)synced(descriptor, file_scope, SYS_fdatasync); }
int syncfs(int descriptor) { return (int)synced(descriptor, disk_scope, SYS_syncfs); }

// MARK: - Ways past the recorder

static void refuse_if_known(int descriptor, const char *call) {
    uint64_t file;
    if (!lock_if_known(descriptor, &file)) return;
    refuse(call);
    pthread_mutex_unlock(&lock);
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (descriptor >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED)) refuse_if_known(descriptor, "mmap");
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    return mmap(address, length, protection, flags, descriptor, offset);
}
ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
    refuse_if_known(to, "sendfile");
    return syscall(SYS_sendfile, to, from, offset, count);
}
ssize_t sendfile64(int to, int from, off_t *offset, size_t count) { return sendfile(to, from, offset, count); }
ssize_t copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t count, unsigned flags) {
    refuse_if_known(to, "copy_file_range");
    return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, count, flags);
}
