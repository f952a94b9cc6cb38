import CSystemCallProbe

/// The system calls that `body` makes on this thread, as the probe in this executable sees them. Not for a body that
/// suspends: it may continue on another thread, which is not observed.
///
/// - Parameter prepare: Requests failures and short transfers.
func systemCalls(
    _ prepare: () -> Void = {}, by body: () throws -> Void
) rethrows -> [SystemCallRecord] {
    system_calls_record()
    prepare()
    do {
        try body()
    } catch {
        system_calls_stop()
        throw error
    }
    return (0..<system_calls_stop()).map { system_calls_noted($0) }
}

extension [SystemCallRecord] {
    func of(_ kind: SystemCallKind) -> [SystemCallRecord] {
        filter { $0.kind == kind }
    }
}

extension SystemCallKind {
    static let all: [SystemCallKind] = [.open, .pread, .pwrite, .ftruncate, .fdatasync, .fsync, .flock]
}
