import CSandbox
import Glibc
import ImagingWire

/// The sandbox of a picture's process: it can compute within limits and use its open descriptors.
struct Confinement {
    typealias Resource = __rlimit_resource
    static let core = RLIMIT_CORE

    /// Processes and threads of the unprivileged user together, so that one picture cannot use up those of the machine.
    static let tasksMax: UInt64 = 4096

    let limits: PictureLimits
    let policy: SandboxPolicy
    /// Layers that are left out, as if the system did not have them: for tests.
    let withheld: SandboxLayers

    /// Enters the sandbox irrevocably. From then on the process ends with the worker.
    ///
    /// - Returns: The layers that the system has; nil if a resource cannot be limited or the worker has ended.
    func enter(childOf worker: pid_t) -> SandboxLayers? {
        _ = nice(Int32(limits.niceness))
        guard limitResources() else { return nil }
        var layers: SandboxLayers = []
        if !withheld.contains(.user), dropPrivileges() { layers.insert(.user) }
        // After the change of the user, which makes the kernel forget it.
        guard wharf_die_with_parent() == 0, getppid() == worker, wharf_deny_new_privileges() == 0 else { return nil }
        var isolatesSignals = false
        if !withheld.contains(.landlock), wharf_deny_paths(&isolatesSignals) == 0 {
            layers.formUnion(isolatesSignals ? [.landlock, .signalScope] : .landlock)
        }
        if !withheld.contains(.seccomp), wharf_deny_system_calls(policy.permitsCode) == 0 { layers.insert(.seccomp) }
        return layers
    }

    private func limitResources() -> Bool {
        let seconds = UInt64(limits.computeSeconds)
        return Self.limit(RLIMIT_AS, to: limits.memoryBytes)
            && Self.limit(RLIMIT_CPU, to: seconds, atMost: seconds + 2)
            && Self.limit(RLIMIT_FSIZE, to: 0) && Self.limit(RLIMIT_NOFILE, to: 16) && Self.limit(Self.core, to: 0)
    }

    /// - Returns: Whether the process has neither root's user nor a capability now.
    private func dropPrivileges() -> Bool {
        // The tasks of another user are that user's, whose limit is the administrator's.
        let wasRoot = geteuid() == 0
        guard wharf_drop_privileges() == 0 else { return false }
        if wasRoot { _ = Self.lower(__RLIMIT_NPROC, to: Self.tasksMax) }
        return true
    }

    /// - Parameter most: The hard limit, if different: SIGXCPU at the soft CPU limit identifies the cause, SIGKILL at
    ///   the hard one does not.
    static func limit(_ resource: Resource, to value: UInt64, atMost most: UInt64? = nil) -> Bool {
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(most ?? value))
        return setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
    }

    /// Limits a resource unless it is limited further already.
    private static func lower(_ resource: Resource, to value: UInt64) -> Bool {
        var current = rlimit()
        guard getrlimit(__rlimit_resource_t(resource.rawValue), &current) == 0 else { return false }
        return limit(resource, to: min(value, UInt64(current.rlim_max)))
    }
}
