/// The system calls that the sandbox knows, by their numbers on this processor.
enum SystemCall {
    #if arch(x86_64)
        static let numberMax = 511
    #else
        static let numberMax = 470
    #endif

    /// nil if this processor has no such call.
    static func number(_ name: String) -> Int? {
        table[name].flatMap { $0 < 0 ? nil : $0 }
    }

    /// asm/unistd_64.h of x86_64; asm-generic/unistd.h, which aarch64 uses.
    private static let table: [String: Int] = Dictionary(
        uniqueKeysWithValues: numbers.map { name, x86, generic in
            #if arch(x86_64)
                (name, x86)
            #else
                (name, generic)
            #endif
        })

    private static let numbers: [(String, Int, Int)] = [
        ("access", 21, -1), ("brk", 12, 214), ("clock_gettime", 228, 113), ("clock_nanosleep", 230, 115),
        ("clone", 56, 220), ("clone3", 435, 435), ("close", 3, 57), ("dup", 32, 23), ("execve", 59, 221),
        ("exit", 60, 93), ("exit_group", 231, 94), ("faccessat", 269, 48), ("fcntl", 72, 25), ("fstat", 5, 80),
        ("ftruncate", 77, 46), ("futex", 202, 98), ("getpid", 39, 172), ("getrandom", 318, 278),
        ("getrusage", 98, 165), ("gettid", 186, 178), ("gettimeofday", 96, 169), ("ioctl", 16, 29), ("kill", 62, 129),
        ("lseek", 8, 62), ("madvise", 28, 233), ("membarrier", 324, 283), ("memfd_create", 319, 279),
        ("mkdir", 83, -1), ("mmap", 9, 222), ("mprotect", 10, 226), ("mremap", 25, 216), ("munmap", 11, 215),
        ("newfstatat", 262, 79), ("open", 2, -1), ("openat", 257, 56), ("prctl", 157, 167), ("pread64", 17, 67),
        ("prlimit64", 302, 261), ("read", 0, 63), ("readlink", 89, -1), ("readlinkat", 267, 78),
        ("restart_syscall", 219, 128), ("rseq", 334, 293), ("rt_sigaction", 13, 134), ("rt_sigprocmask", 14, 135),
        ("rt_sigreturn", 15, 139), ("sched_getaffinity", 204, 123), ("sched_getparam", 143, 121),
        ("sched_getscheduler", 145, 120), ("sched_setscheduler", 144, 119), ("sched_yield", 24, 124),
        ("set_mempolicy", 238, 237), ("set_robust_list", 273, 99), ("sigaltstack", 131, 132), ("socket", 41, 198),
        ("stat", 4, -1), ("statx", 332, 291), ("sysinfo", 99, 179), ("tgkill", 234, 131), ("umask", 95, 166),
        ("uname", 63, 160), ("unlink", 87, -1), ("unlinkat", 263, 35), ("write", 1, 64),
    ]
}
