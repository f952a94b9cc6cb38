import Glibc

/// A pair of connected sockets with close-on-exec.
struct SocketPair {
    let ours: Int32
    let theirs: Int32

    init() throws(WorkerStartError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            let number = errno
            throw WorkerStartError("no socket pair can be created (errno \(number))")
        }
        (ours, theirs) = (ends[0], ends[1])
    }
}

/// A point in time by the monotonic clock.
struct Deadline {
    private let time: Int64

    init(milliseconds: Int64) {
        time = Self.now() + milliseconds
    }

    /// 0 once it has passed.
    var millisecondsLeft: Int32 { Int32(clamping: max(0, time - Self.now())) }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Waits until a descriptor is readable or closed. Negative descriptors are ignored.
///
/// - Returns: Whether each is readable; none is after the deadline.
func awaitReadable(_ descriptors: [Int32], before deadline: Deadline) -> [Bool] {
    while true {
        var watched = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let left = deadline.millisecondsLeft
        let count = poll(&watched, nfds_t(watched.count), left)
        if count < 0, errno == EINTR { continue }
        if count != 0 || left == 0 { return watched.map { $0.revents != 0 } }
    }
}

extension Int32 {
    func isReadable(before deadline: Deadline) -> Bool {
        awaitReadable([self], before: deadline)[0]
    }

    /// Reads the available bytes, at most so many; empty at the end.
    func received(upTo most: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            repeat {
                count = recv(self, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            } while count < 0 && errno == EINTR
            count = Swift.max(0, count)
        }
    }
}
