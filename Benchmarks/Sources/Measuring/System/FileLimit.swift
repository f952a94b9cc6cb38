import Glibc

/// The limit of open descriptors: thousands of files and connections exceed the usual 1024. Child processes inherit it.
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
