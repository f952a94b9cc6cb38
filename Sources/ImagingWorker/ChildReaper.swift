import CSandbox
import Glibc
import ImagingWire

/// Waits for the end of a picture's process, and kills it after its time limit.
struct ChildReaper {
    private let child: pid_t
    private let control: Int32

    init(_ child: pid_t, control: Int32) {
        self.child = child
        self.control = control
    }

    /// Waits for the end; kills the process after the time limit or when the server is gone. nil in the latter case.
    func reap(withinSeconds seconds: UInt32) -> JobEnd? {
        let process = wharf_open_process(child)
        guard process >= 0 else {
            killAndReap()
            return JobEnd(exitReason: .notStarted, computeMicroseconds: 0, residentBytesMax: 0)
        }
        defer { close(process) }
        switch wait(for: process, milliseconds: Int64(seconds) * 1000) {
        case .ended: return reaped()
        case .outOfTime:
            kill(child, SIGKILL)
            let end = reaped()
            return JobEnd(
                exitReason: .outOfTime, computeMicroseconds: end.computeMicroseconds,
                residentBytesMax: end.residentBytesMax)
        case .abandoned:
            killAndReap()
            return nil
        }
    }

    private enum Outcome {
        case ended
        case outOfTime
        case abandoned
    }

    private func wait(for process: Int32, milliseconds: Int64) -> Outcome {
        let deadline = Self.now() + milliseconds
        while true {
            // The server sends nothing during a picture: a readable socket means that it is closed.
            var watched = [
                pollfd(fd: process, events: Int16(POLLIN), revents: 0),
                pollfd(fd: control, events: Int16(POLLIN), revents: 0),
            ]
            let left = deadline - Self.now()
            guard left > 0 else { return .outOfTime }
            let count = poll(&watched, nfds_t(watched.count), Int32(clamping: left))
            if count < 0, errno != EINTR { return .abandoned }
            guard count > 0 else { continue }
            if watched[0].revents != 0 { return .ended }
            if watched[1].revents != 0 { return .abandoned }
        }
    }

    private func killAndReap() {
        kill(child, SIGKILL)
        _ = reaped()
    }

    private func reaped() -> JobEnd {
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return JobEnd(exitReason: signal == 0 ? .exit(UInt32(status >> 8 & 0xff)) : .signal(UInt32(signal)), usage)
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension JobEnd {
    init(exitReason: ExitReason, _ usage: rusage) {
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        self.init(
            exitReason: exitReason, computeMicroseconds: UInt64(seconds * 1_000_000 + microseconds),
            residentBytesMax: UInt64(usage.ru_maxrss) * 1024)
    }
}
