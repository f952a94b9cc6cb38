import CSandbox
import Glibc
import ImagingWire

/// What the process of a picture may do: compute, within limits, on what is open.
enum Confinement {
    typealias Resource = __rlimit_resource
    static let core = RLIMIT_CORE

    /// Gives everything else up, for good.
    ///
    /// - Returns: Whether all of it is in force. Landlock may be missing: seccomp denies every path as well.
    static func enter(_ limits: PictureLimits) -> Bool {
        _ = nice(Int32(limits.niceness))
        let isLimited =
            limit(RLIMIT_AS, to: limits.memoryBytes)
            && limit(RLIMIT_CPU, to: UInt64(limits.computeSeconds), atMost: UInt64(limits.computeSeconds) + 2)
            && limit(RLIMIT_FSIZE, to: 0) && limit(RLIMIT_NOFILE, to: 16) && limit(RLIMIT_CORE, to: 0)
        guard isLimited, wharf_deny_new_privileges() == 0 else { return false }
        _ = wharf_deny_paths()
        return wharf_deny_system_calls() == 0
    }

    /// - Parameter most: The hard limit, where it is not the same: SIGXCPU tells what happened, and the SIGKILL of the hard
    ///   limit on CPU would not.
    static func limit(_ resource: Resource, to value: UInt64, atMost most: UInt64? = nil) -> Bool {
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(most ?? value))
        return setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0
    }
}
