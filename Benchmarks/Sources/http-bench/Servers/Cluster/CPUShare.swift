import Glibc
import Measuring

/// A control group with a share of the processors, as if its processes had a machine of their own: the quota of the CFS
/// bandwidth control of cgroup v1 (Linux, Documentation/scheduler/sched-bwc.rst).
struct CPUShare: Sendable {
    private static let root = "/sys/fs/cgroup/cpu"
    private static let periodMicroseconds = 20_000

    private let path: String

    /// Why there are none; nil where there are.
    static var problem: String? {
        access(root + "/cpu.cfs_quota_us", F_OK) == 0 && access(root, W_OK) == 0
            ? nil : "\(root) is no writable hierarchy of cgroup v1 with bandwidth control"
    }

    /// - Parameters:
    ///   - cores: Of CPU time for each second.
    ///   - name: Unlike that of any other share of this process.
    init(cores: Double, _ name: String) throws(BenchError) {
        path = "\(Self.root)/wharf-bench-\(getpid())-\(name)"
        guard mkdir(path, 0o755) == 0 else { throw BenchError("cannot make “\(path)”: errno \(errno)") }
        try writeText("\(Self.periodMicroseconds)", to: path + "/cpu.cfs_period_us")
        try writeText("\(Int(cores * Double(Self.periodMicroseconds)))", to: path + "/cpu.cfs_quota_us")
    }

    /// Moves a process with all of its threads there.
    func add(_ server: ServerProcess) throws(BenchError) {
        try writeText("\(server.leader)", to: path + "/cgroup.procs")
    }

    /// Ends the share of a process, and removes the group if that was its last one.
    func remove(_ server: ServerProcess) {
        try? writeText("\(server.leader)", to: Self.root + "/cgroup.procs")
        rmdir(path)
    }
}
