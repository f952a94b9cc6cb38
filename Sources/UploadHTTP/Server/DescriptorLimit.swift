import Glibc

/// The limit of open descriptors of the process (`RLIMIT_NOFILE`, getrlimit(2)).
public enum DescriptorLimit {
    /// The kernel's default of `fs.nr_open`. More is never needed, and some programs walk through all numbers.
    private static let ceiling: UInt64 = 1 << 20

    /// Raises the soft limit, usually 1024, to the hard one. Affects the whole process and those that it starts: call it
    /// from `main`.
    ///
    /// - Returns: The limit in force; `Int.max` if it is unknown.
    public static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return .max }
        let wanted = min(UInt64(limit.rlim_max), max(UInt64(limit.rlim_cur), ceiling))
        if wanted > UInt64(limit.rlim_cur) {
            var raised = limit
            raised.rlim_cur = rlim_t(wanted)
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(clamping: UInt64(limit.rlim_cur))
    }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
}
