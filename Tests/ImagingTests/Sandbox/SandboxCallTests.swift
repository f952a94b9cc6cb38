import CSandbox
import Glibc
import ImagingWire
import Testing

/// Every system call, and every argument that is filtered, tried from inside of the sandbox.
@Suite struct SandboxCallTests {
    /// Those that are made whatever the arguments, or with zeroes.
    private static let permitted = [
        "read", "write", "pread64", "lseek", "fstat", "close", "dup", "mmap", "munmap", "mprotect", "mremap", "brk",
        "futex", "set_robust_list", "rseq", "gettid", "getpid", "sched_yield", "sched_getaffinity", "sched_getparam",
        "sched_getscheduler", "membarrier", "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "sigaltstack", "exit",
        "exit_group", "restart_syscall", "clock_gettime", "clock_nanosleep", "gettimeofday", "getrandom", "getrusage",
    ]

    private static let refused: [(Int32, [String])] = [
        (
            EACCES,
            [
                "openat", "statx", "readlinkat", "faccessat", "unlinkat", "memfd_create", "ftruncate", "newfstatat",
                "open", "stat", "access", "readlink", "unlink", "mkdir",
            ]
        ),
        (
            EPERM,
            ["uname", "sysinfo", "prlimit64", "sched_setscheduler", "umask", "set_mempolicy", "prctl", "madvise"]
        ),
        (ENOTTY, ["ioctl"]), (ENOSYS, ["clone3"]),
    ]

    /// Newer kernels of x86_64 answer the calls of their own probes before any filter (Linux 6.18 does): outside of a
    /// probe's trampoline uretprobe raises SIGILL, and uprobe fails with ENXIO.
    private static let unfiltered: [Int: SandboxProbe.Outcome] = {
        #if arch(x86_64)
            [335: .other("signal(\(SIGILL))"), 336: .refused(ENXIO)]
        #else
            [:]
        #endif
    }()

    @Test func `every other system call kills the process`() async throws {
        var expected: [Int: SandboxProbe.Outcome] = [:]
        for (number, names) in Self.refused {
            for name in names { SystemCall.number(name).map { expected[$0] = .refused(number) } }
        }
        let permitted = Set(Self.permitted.compactMap { SystemCall.number($0) })
        let numbers = Array(0...SystemCall.numberMax)
        let outcomes = try await SandboxProbe.outcomes(of: numbers.map { "\($0)" })
        for (number, outcome) in zip(numbers, outcomes) {
            if permitted.contains(number) {
                #expect(outcome != .killed, "system call \(number)")
            } else if let unfiltered = Self.unfiltered[number] {
                #expect(outcome == .killed || outcome == unfiltered, "system call \(number)")
            } else {
                #expect(outcome == expected[number] ?? .killed, "system call \(number)")
            }
        }
    }

    #if arch(x86_64)
        @Test func `system calls of other interfaces kill the process`() async throws {
            // x32: the same processor, numbers of its own.
            let calls = [0, 1, 59, 512, 520].map { "\(0x4000_0000 | $0)" }
            #expect(try await SandboxProbe.outcomes(of: calls) == calls.map { _ in .killed })
        }
    #endif

    /// Tries values of one argument of a call, the other arguments being given.
    ///
    /// - Parameter arguments: With `_` in the place of the value.
    private func expect(
        _ name: String, _ arguments: String, permits permitted: some Sequence<Int>, of values: some Sequence<Int>,
        otherwise: SandboxProbe.Outcome, policy: SandboxPolicy = .available,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let number = try #require(SystemCall.number(name), sourceLocation: sourceLocation)
        let (values, permitted) = (Array(values), Set(permitted))
        let calls = values.map { "\(number) " + arguments.replacing("_", with: "\($0)") }
        let outcomes = try await SandboxProbe.outcomes(of: calls, policy: policy)
        for (value, outcome) in zip(values, outcomes) {
            if permitted.contains(value) {
                #expect(
                    outcome != otherwise && outcome != .killed, "\(name) of \(value)", sourceLocation: sourceLocation)
            } else {
                #expect(outcome == otherwise, "\(name) of \(value)", sourceLocation: sourceLocation)
            }
        }
    }

    private static let bits = (0..<32).map { 1 << $0 }

    @Test func `no fcntl signals, locks or leases`() async throws {
        let commands = Array(0...40) + Array(1024...1040)
        try await expect(
            "fcntl", "3 _ self", permits: [F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC].map(Int.init), of: commands,
            otherwise: .killed)
    }

    @Test func `the reply's signals cannot be sent to the worker`() async throws {
        // The steps of an attack: an owner, a signal, notification.
        let fcntl = try #require(SystemCall.number("fcntl"))
        let calls = ["\(fcntl) 4 8 parent", "\(fcntl) 4 10 9", "\(fcntl) 4 4 \(O_ASYNC | O_NONBLOCK)"]
        #expect(try await SandboxProbe.outcomes(of: calls) == [.killed, .killed, .killed])
    }

    @Test func `no process, namespace or kind of thread but the C library's`() async throws {
        let thread = 0x3d_0f00
        let flags = Self.bits + Self.bits.map { thread ^ $0 }
        try await expect("clone", "_ 0 0 0 0", permits: [], of: flags, otherwise: .killed)
    }

    @Test func `no process attribute but the name of a thread`() async throws {
        let setName = 15
        let options = Array(0...80) + [0x5356_4d41, 0x5961_6d61, 0x4156_4d53]
        try await expect("prctl", "_ buffer", permits: [setName], of: options, otherwise: .refused(EPERM))
    }

    @Test func `no request of a device`() async throws {
        let requests = [0x5401, 0x5412, 0x541b, 0x5421, 0x5450, 0x5451, 0x5452, 0x8901, 0x8902]
        try await expect("ioctl", "4 _ buffer", permits: [], of: requests, otherwise: .refused(ENOTTY))
    }

    @Test func `no signal to another process`() async throws {
        let tgkill = try #require(SystemCall.number("tgkill"))
        let kill = try #require(SystemCall.number("kill"))
        let calls = ["\(tgkill) parent parent 0", "\(tgkill) self self 0", "\(kill) parent 0", "\(kill) self 0"]
        #expect(try await SandboxProbe.outcomes(of: calls) == [.killed, .made, .killed, .killed])
    }

    @Test func `no huge, locked or otherwise special memory`() async throws {
        let usual = [MAP_SHARED, MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS, MAP_NORESERVE, MAP_STACK, MAP_DENYWRITE]
        try await expect(
            "mmap", "0 4096 3 _ -1 0", permits: usual.map(Int.init), of: Self.bits, otherwise: .killed)
        try await expect("mremap", "0 4096 4096 _ 0", permits: [1, 2], of: Self.bits, otherwise: .killed)
        let advice = [MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE, MADV_WILLNEED].map(Int.init)
        try await expect("madvise", "0 0 _", permits: advice, of: 0...110, otherwise: .refused(EPERM))
    }

    @Test(arguments: SandboxPolicy.allCases)
    func `memory is not executed, except for Orc's where code is permitted`(policy: SandboxPolicy) async throws {
        let isPermitted = policy == .available
        let anonymous = Int(MAP_PRIVATE | MAP_ANONYMOUS)
        try await expect(
            "mmap", "0 65536 _ \(anonymous) -1 0", permits: [0, 1, 2, 3] + (isPermitted ? [7] : []),
            of: Array(0...31) + Self.bits.dropFirst(5), otherwise: .refused(EPERM), policy: policy)
        try await expect(
            "mmap", "0 _ 7 \(anonymous) -1 0", permits: isPermitted ? [65536] : [],
            of: [4096, 65535, 65536, 65537, 131_072, 1 << 32 | 65536], otherwise: .refused(EPERM), policy: policy)
        try await expect(
            "mmap", "0 65536 7 _ 3 0", permits: isPermitted ? [anonymous] : [],
            of: [MAP_PRIVATE, MAP_SHARED, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS].map(
                Int.init),
            otherwise: .refused(EPERM), policy: policy)
        try await expect(
            "mprotect", "0 0 _", permits: 0...3, of: Array(0...31) + Self.bits.dropFirst(5),
            otherwise: .refused(EPERM), policy: policy)
    }

    @Test func `no futex of priorities, and no barrier for others`() async throws {
        let futexes = [0, 1, 9, 10]
        let permitted = [0, 128, 256, 384].flatMap { flag in futexes.map { $0 | flag } }
        try await expect(
            "futex", "0 _ 0 0 0 0", permits: permitted,
            of: Array(0...15) + Array(128...143) + Array(256...271) + Array(384...399) + [512],
            otherwise: .killed)
        try await expect("membarrier", "_ 0", permits: [0, 8, 16], of: [0] + Self.bits, otherwise: .refused(EINVAL))
    }

    @Test func `no clock of another process`() async throws {
        // Negative ids are processes: the complement of the pid, shifted.
        let clocks = Array(-17...20)
        let other = SandboxProbe.Outcome.refused(EINVAL)
        let number = try #require(SystemCall.number("clock_gettime"))
        let outcomes = try await SandboxProbe.outcomes(of: clocks.map { "\(number) \($0) buffer" })
        for (clock, outcome) in zip(clocks, outcomes) {
            #expect(outcome == ((0...7).contains(clock) ? .made : other), "clock \(clock)")
        }
    }

    @Test func `fstat looks at what is open, never at a path`() async throws {
        let fstat = try #require(SystemCall.number("newfstatat"))
        let emptyPath = 0x1000
        let calls = [
            "\(fstat) 3 empty buffer \(emptyPath)", "\(fstat) 99 empty buffer \(emptyPath)",
            "\(fstat) 3 empty buffer 0",
            "\(fstat) -100 path buffer 0", "\(fstat) -100 path buffer \(emptyPath)",
            "\(fstat) 3 path buffer \(emptyPath)",
            "\(fstat) 3 0 buffer \(emptyPath)",
        ]
        let refused = SandboxProbe.Outcome.refused(EACCES)
        #expect(
            try await SandboxProbe.outcomes(of: calls)
                == [.made, .refused(EBADF), refused, refused, refused, refused, .made])
    }
}
