import Glibc

/// Thousands of files and connections need as many descriptors, and the usual limit is 1024. Children inherit it.
package enum FileLimit {
    package static func raise() throws(BenchError) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw BenchError("cannot raise the limit of open files: errno \(errno)")
        }
    }
}
