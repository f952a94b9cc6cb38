import Glibc

/// Small files that a user names.
extension POSIXFileSystem {
    /// What to do with a pipe in the place of a file.
    package enum Pipes: Hashable, Sendable {
        case refused
        /// Read to its end, as those of `<(…)` and `/dev/stdin`, if that comes in time.
        case read(withinMilliseconds: Int64)

        /// Enough for a program that fetches a secret over a network.
        package static let readInTime = Pipes.read(withinMilliseconds: 10_000)
    }

    /// All bytes of a small file, and the permissions of the file that had them. Opens nothing that could block. Blocks
    /// otherwise, for a pipe as long as `pipes` says.
    ///
    /// - Throws: code `invalid` with `EFBIG` if it has more than `maximum` bytes, with `EISDIR` for a directory; code `other`
    ///   with `ETIMEDOUT` for a pipe whose end does not come in time, with `ENODATA` for one without bytes, as if it was read
    ///   before, with `ENOTSUP` for one that is refused, and for a device.
    package func contents(
        of path: String, atMost maximum: UInt64, pipes: Pipes
    ) throws(FileError) -> (bytes: [UInt8], permissions: FilePermissions) {
        // Without the flag opening a pipe waits for a writer, and some devices for hardware.
        let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | noFollowFlag(path)
        let descriptor = try absolute(path).withCString { name in uninterrupted { Glibc.open(name, flags) } }
            .get("open", path)
        let file = POSIXFile(descriptor: descriptor, path: path)
        defer { close(file) }
        let status = try FileStatus(file)
        switch (status.kind, pipes) {
        case (.file, _): return (try readAll(file, atMost: maximum), status.permissions)
        case (.fifo, .read(let milliseconds)):
            return (try Self.drain(file, atMost: maximum, milliseconds), status.permissions)
        case (.directory, _): throw FileError(errno: EISDIR, call: "read", path: path)
        default: throw FileError(errno: ENOTSUP, call: "read", path: path)
        }
    }

    private static func drain(
        _ file: POSIXFile, atMost maximum: UInt64, _ milliseconds: Int64
    ) throws(FileError) -> [UInt8] {
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // A pipe that had no writer yet is not at its end: that is waited for, too.
            var descriptor = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
            let rest = max(.zero, deadline - .now) / .milliseconds(1)
            let ready = try uninterrupted { poll(&descriptor, 1, Int32(clamping: Int64(rest.rounded(.up)))) }
                .get("poll", file.path)
            guard ready > 0 else { throw FileError(errno: ETIMEDOUT, call: "read", path: file.path) }
            let count = uninterrupted { Glibc.read(file.descriptor, &piece, piece.count) }
            // Another reader was faster.
            if case .failure(let number) = count, number.value == EAGAIN { continue }
            let read = try count.get("read", file.path)
            if read == 0 {
                guard !bytes.isEmpty else { throw FileError(errno: ENODATA, call: "read", path: file.path) }
                return bytes
            }
            bytes += piece[..<read]
            guard bytes.count <= maximum else { throw FileError(errno: EFBIG, call: "read", path: file.path) }
        }
    }
}
