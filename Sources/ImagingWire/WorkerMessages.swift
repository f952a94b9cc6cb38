/// The first message of a worker: identifies it and its protocol version.
package struct Handshake: Hashable, Sendable {
    package static let byteCount = 16
    /// Incremented with every change to any message.
    package static let version: UInt32 = 4
    /// The first byte occurs in no text, since an error message may arrive instead.
    private static let magic = [0xfe] + Array("wharf-image".utf8)

    /// The worker's protocol version.
    package let version: UInt32

    package init(version: UInt32 = Handshake.version) {
        self.version = version
    }

    package var bytes: [UInt8] {
        var writer = WireWriter()
        writer.append(Self.magic)
        writer.append(version)
        return writer.bytes
    }

    /// - Throws: `.notAWorker` if the bytes are not a handshake of any version.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic) else { throw WireError.notAWorker }
        var reader = WireReader(bytes)
        _ = try reader.bytes(Self.magic.count)
        version = try reader.integer()
    }
}

/// The end of a picture's process as seen by the worker: the last message about each picture.
package struct JobEnd: Hashable, Sendable {
    package enum ExitReason: Hashable, Sendable {
        /// A normal exit; 0 if a complete reply was written.
        case exit(UInt32)
        case signal(UInt32)
        /// Killed after its time limit.
        case outOfTime
        /// The worker could not start the process.
        case notStarted
    }

    /// The exit status of a process that could not be sandboxed and did not read the picture.
    package static let unconfinedStatus: UInt32 = 70
    /// The exit status of a failure not caused by the picture.
    package static let failedStatus: UInt32 = 71

    package static let byteCount = 28
    private static let magic: UInt32 = 0x444e_4557

    package let exitReason: ExitReason
    /// CPU time in user and system mode.
    package let computeMicroseconds: UInt64
    /// Peak resident memory, including shared pages.
    package let residentBytesMax: UInt64

    package init(exitReason: ExitReason, computeMicroseconds: UInt64, residentBytesMax: UInt64) {
        self.exitReason = exitReason
        self.computeMicroseconds = computeMicroseconds
        self.residentBytesMax = residentBytesMax
    }

    package var bytes: [UInt8] {
        let (code, detail): (UInt32, UInt32) =
            switch exitReason {
            case .exit(let status): (1, status)
            case .signal(let number): (2, number)
            case .outOfTime: (3, 0)
            case .notStarted: (4, 0)
            }
        var writer = WireWriter()
        for value in [Self.magic, code, detail] { writer.append(value) }
        writer.append(computeMicroseconds)
        writer.append(residentBytesMax)
        return writer.bytes
    }

    /// - Throws: `.malformed`.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        guard try reader.integer() as UInt32 == Self.magic else { throw WireError.malformed(.magic) }
        let (code, detail): (UInt32, UInt32) = (try reader.integer(), try reader.integer())
        switch (code, detail) {
        case (1, _): exitReason = .exit(detail)
        case (2, _): exitReason = .signal(detail)
        case (3, 0): exitReason = .outOfTime
        case (4, 0): exitReason = .notStarted
        default: throw WireError.malformed(.code)
        }
        computeMicroseconds = try reader.integer()
        residentBytesMax = try reader.integer()
        try reader.end()
    }
}
