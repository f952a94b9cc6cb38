#define _GNU_SOURCE
#include "confinement.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_ARCHITECTURE

/* MARK: the fstat of the C library
   It may be `newfstatat` of a descriptor and an empty path, which no filter can tell from one of a file's path, and Landlock
   denies nobody to look at files. So the call is trapped, and this answers it by the system call that takes no path. */

static long argument(const ucontext_t *context, int index) {
#if defined(__x86_64__)
    static const int registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10};
    return context->uc_mcontext.gregs[registers[index]];
#else
    return (long)context->uc_mcontext.regs[index];
#endif
}

static void set_result(ucontext_t *context, long result) {
#if defined(__x86_64__)
    context->uc_mcontext.gregs[REG_RAX] = result;
#else
    context->uc_mcontext.regs[0] = (unsigned long long)result;
#endif
}

static void answer_trapped_call(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    const char *path = (const char *)argument(context, 1);
    long result = -EACCES;
    if ((argument(context, 3) & AT_EMPTY_PATH) && (path == NULL || *path == 0)) {
        int interrupted = errno;
        result = syscall(SYS_fstat, (int)argument(context, 0), (struct stat *)argument(context, 2)) == 0 ? 0 : -errno;
        errno = interrupted;
    }
    set_result(context, result);
}

static int answer_trapped_calls(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = answer_trapped_call;
    action.sa_flags = SA_SIGINFO;
    return sigaction(SIGSYS, &action, NULL) == 0 ? 0 : errno;
}

/* MARK: the filter
   The accumulator holds the number of the call; it holds an argument only in statements that end in an answer. */

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The lower half of an argument, since both processors are little-endian: all that the kernel looks at in the arguments below. */
#define LOAD_ARGUMENT(index) LOAD(args[index])
#define LOAD_UPPER(index) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[index]) + 4)
#define WITHOUT(bits) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(unsigned)(bits))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define PERMIT ANSWER(SECCOMP_RET_ALLOW)
#define KILL ANSWER(SECCOMP_RET_KILL_PROCESS)
#define ERRNO(number) ANSWER(SECCOMP_RET_ERRNO | (number))
/* Skips some statements unless the accumulator has a value, or is below one. */
#define IF(value, statements) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (statements))
#define IF_BELOW(value, statements) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (value), (statements), 0)
#define PERMIT_IF(value) IF(value, 1), PERMIT
#define REQUIRE(value, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 1, 0), otherwise

#define ALLOW(name) IF(__NR_##name, 1), PERMIT
#define REFUSE(name, number) IF(__NR_##name, 1), ERRNO(number)
/* Allowed with some values of one argument, or with any of some bits; the answer to any other is given. */
#define ALLOW_VALUE(name, index, value, otherwise) \
    IF(__NR_##name, 4), LOAD_ARGUMENT(index), PERMIT_IF(value), otherwise
#define ALLOW_BELOW(name, index, value, otherwise) \
    IF(__NR_##name, 4), LOAD_ARGUMENT(index), IF_BELOW(value, 1), PERMIT, otherwise
#define ALLOW_BITS(name, index, bits, otherwise) \
    IF(__NR_##name, 5), LOAD_ARGUMENT(index), WITHOUT(bits), PERMIT_IF(0), otherwise
#define ALLOW_4_VALUES(name, index, bits, a, b, c, d, otherwise) \
    IF(__NR_##name, 11), LOAD_ARGUMENT(index), WITHOUT(bits), PERMIT_IF(a), PERMIT_IF(b), PERMIT_IF(c), PERMIT_IF(d), \
        otherwise

/* What the C library's threads are made with: no other kind of process, no namespace. */
#define THREAD_FLAGS                                                                                               \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
        CLONE_CHILD_CLEARTID)

/* Neither huge pages, which are the machine's, nor locked ones. */
#define MAPPING_FLAGS (MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_DENYWRITE)

/* The one mapping that Orc 0.4 compiles into. */
#define CODE_BYTES 65536
#define CODE_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS)
#define CODE_PROTECTION (PROT_READ | PROT_WRITE | PROT_EXEC)
/* No protection has this value. */
#define NO_PROTECTION 0xffffffffU

int wharf_deny_system_calls(bool permits_code) {
    const unsigned self = (unsigned)getpid();
    const unsigned code_protection = permits_code ? CODE_PROTECTION : NO_PROTECTION;
    struct sock_filter filter[] = {
        LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0), KILL, LOAD(nr),
        /* Memory. No page is ever executed that could be written to, except by Orc. */
        IF(__NR_mmap, 21), LOAD_ARGUMENT(3), WITHOUT(MAPPING_FLAGS), REQUIRE(0, KILL),
            LOAD_ARGUMENT(2), WITHOUT(PROT_READ | PROT_WRITE), PERMIT_IF(0),
            LOAD_ARGUMENT(2), REQUIRE(code_protection, ERRNO(EPERM)), LOAD_ARGUMENT(3), REQUIRE(CODE_FLAGS, ERRNO(EPERM)),
            LOAD_UPPER(1), REQUIRE(0, ERRNO(EPERM)), LOAD_ARGUMENT(1), REQUIRE(CODE_BYTES, ERRNO(EPERM)), PERMIT,
        ALLOW_BITS(mprotect, 2, PROT_READ | PROT_WRITE, ERRNO(EPERM)),
        ALLOW_BITS(mremap, 3, MREMAP_MAYMOVE | MREMAP_FIXED, KILL),
        ALLOW_4_VALUES(madvise, 2, 0, MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE, MADV_WILLNEED, ERRNO(EPERM)),
        ALLOW(munmap), ALLOW(brk),
        /* What is open. Of fcntl nothing that sends signals (F_SETOWN, F_SETSIG, F_NOTIFY), locks or leases. */
        ALLOW(read), ALLOW(write), ALLOW(pread64), ALLOW(lseek), ALLOW(fstat), ALLOW(close), ALLOW(dup),
        ALLOW_4_VALUES(fcntl, 1, 0, F_GETFL, F_GETFD, F_SETFD, F_DUPFD_CLOEXEC, KILL),
        IF(__NR_newfstatat, 1), ANSWER(SECCOMP_RET_TRAP),
        /* Threads of its own. clone3 hides its flags in memory: without it the C library falls back to clone. */
        ALLOW_VALUE(clone, 0, THREAD_FLAGS, KILL), REFUSE(clone3, ENOSYS), ALLOW(set_robust_list), ALLOW(rseq),
        ALLOW_4_VALUES(futex, 1, FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET,
            FUTEX_WAKE_BITSET, KILL),
        ALLOW(gettid), ALLOW(getpid), ALLOW(sched_yield), ALLOW(sched_getaffinity), ALLOW(sched_getparam),
        ALLOW(sched_getscheduler), ALLOW_VALUE(prctl, 0, PR_SET_NAME, ERRNO(EPERM)),
        /* EINVAL is the kernel's answer to a command that it does not have; EPERM is that to a barrier that is not registered. */
        ALLOW_4_VALUES(membarrier, 0, 0, MEMBARRIER_CMD_QUERY, MEMBARRIER_CMD_PRIVATE_EXPEDITED,
            MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, MEMBARRIER_CMD_QUERY, ERRNO(EINVAL)),
        /* Signals within the process, and its end. */
        ALLOW(rt_sigprocmask), ALLOW(rt_sigaction), ALLOW(rt_sigreturn), ALLOW(sigaltstack),
        ALLOW_VALUE(tgkill, 0, self, KILL), ALLOW(exit), ALLOW(exit_group), ALLOW(restart_syscall),
        /* The time, by none of the clocks of other processes, and random numbers. */
        ALLOW_BELOW(clock_gettime, 0, CLOCK_REALTIME_ALARM, ERRNO(EINVAL)),
        ALLOW_BELOW(clock_nanosleep, 0, CLOCK_REALTIME_ALARM, ERRNO(EINVAL)), ALLOW(gettimeofday), ALLOW(getrandom),
        ALLOW(getrusage),
        /* What libraries try and do without. */
        REFUSE(openat, EACCES), REFUSE(statx, EACCES), REFUSE(readlinkat, EACCES),
        REFUSE(faccessat, EACCES), REFUSE(unlinkat, EACCES), REFUSE(memfd_create, EACCES), REFUSE(ftruncate, EACCES),
        REFUSE(ioctl, ENOTTY), REFUSE(uname, EPERM), REFUSE(sysinfo, EPERM), REFUSE(prlimit64, EPERM),
        REFUSE(sched_setscheduler, EPERM), REFUSE(umask, EPERM), REFUSE(set_mempolicy, EPERM),
#if defined(__x86_64__)
        REFUSE(open, EACCES), REFUSE(stat, EACCES), REFUSE(access, EACCES), REFUSE(readlink, EACCES), REFUSE(unlink, EACCES),
        REFUSE(mkdir, EACCES),
#endif
        KILL,
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    int failure = answer_trapped_calls();
    if (failure != 0) return failure;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
}

#else

int wharf_deny_system_calls(bool permits_code) {
    (void)permits_code;
    return ENOSYS;
}

#endif
