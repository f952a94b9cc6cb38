#define _GNU_SOURCE
#include "confinement.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int wharf_deny_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

int wharf_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 ? 0 : errno; }

int wharf_deny_paths(void) {
    /* The thirteen rights of the first version; later kernels know them all. */
    struct landlock_ruleset_attr all = {.handled_access_fs = (1ULL << 13) - 1};
    int rules = (int)syscall(__NR_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) return errno;
    int failure = syscall(__NR_landlock_restrict_self, rules, 0) == 0 ? 0 : errno;
    close(rules);
    return failure;
}

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_ARCHITECTURE

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The lower half of an argument: both processors are little-endian. */
#define LOAD_ARGUMENT(index) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[index]))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define ERRNO(number) (SECCOMP_RET_ERRNO | (number))
#define KILL ANSWER(SECCOMP_RET_KILL_PROCESS)
#define IF(value, statements_otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (statements_otherwise))

#define ALLOW(name) IF(__NR_##name, 1), ANSWER(SECCOMP_RET_ALLOW)
#define REFUSE(name, number) IF(__NR_##name, 1), ANSWER(ERRNO(number))
/* Allowed with one value of one argument, or with a bit of it; what comes of any other is said. */
#define ALLOW_WITH(name, index, value, otherwise) \
    IF(__NR_##name, 4), LOAD_ARGUMENT(index), IF((value), 1), ANSWER(SECCOMP_RET_ALLOW), ANSWER(otherwise)
#define ALLOW_WITH_BIT(name, index, bit, otherwise) \
    IF(__NR_##name, 4), LOAD_ARGUMENT(index), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bit), 0, 1), \
        ANSWER(SECCOMP_RET_ALLOW), ANSWER(otherwise)

int wharf_deny_system_calls(void) {
    const unsigned self = (unsigned)getpid();
    struct sock_filter filter[] = {
        LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0), KILL, LOAD(nr),
        /* Memory. mprotect, because libvips compiles inner loops (Orc). */
        ALLOW(mmap), ALLOW(munmap), ALLOW(mprotect), ALLOW(madvise), ALLOW(brk), ALLOW(mremap),
        /* What is open. */
        ALLOW(read), ALLOW(write), ALLOW(pread64), ALLOW(lseek), ALLOW(fstat), ALLOW(close), ALLOW(dup), ALLOW(fcntl),
        /* fstat, as the C library makes it: a descriptor and no name. */
        ALLOW_WITH_BIT(newfstatat, 3, AT_EMPTY_PATH, ERRNO(EACCES)),
        /* Threads of its own. clone3 hides its flags in memory: without it the C library falls back to clone. */
        ALLOW_WITH_BIT(clone, 0, CLONE_THREAD, SECCOMP_RET_KILL_PROCESS), REFUSE(clone3, ENOSYS), ALLOW(futex), ALLOW(set_robust_list), ALLOW(rseq),
        ALLOW(gettid), ALLOW(getpid), ALLOW(sched_yield), ALLOW(sched_getaffinity), ALLOW(sched_getparam),
        ALLOW(sched_getscheduler), ALLOW(membarrier), ALLOW_WITH(prctl, 0, PR_SET_NAME, ERRNO(EPERM)),
        /* Signals within the process, and its end. */
        ALLOW(rt_sigprocmask), ALLOW(rt_sigaction), ALLOW(rt_sigreturn), ALLOW(sigaltstack), ALLOW_WITH(tgkill, 0, self, SECCOMP_RET_KILL_PROCESS),
        ALLOW(exit), ALLOW(exit_group), ALLOW(restart_syscall),
        /* The time and random numbers. */
        ALLOW(clock_gettime), ALLOW(clock_nanosleep), ALLOW(gettimeofday), ALLOW(getrandom), ALLOW(getrusage),
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
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
}

#else

int wharf_deny_system_calls(void) { return ENOSYS; }

#endif
