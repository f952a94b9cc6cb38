/// How the process ended that derived one picture, as the worker saw it: the last message about each picture.
package struct JobEnd: Hashable, Sendable {
    package enum Way: Hashable, Sendable {
        /// By itself; 0 where a reply was written in full.
        case exit(UInt32)
        case signal(UInt32)
        /// Killed, because its time was over.
        case outOfTime
        /// There was none: the worker could not start it.
        case notStarted
    }

    /// The status of a process that could not be confined, and did not look at the picture.
    package static let unconfinedStatus: UInt32 = 70
    /// The status of a process that failed although the picture is not to blame.
    package static let failedStatus: UInt32 = 71

    package static let byteCount = 28
    private static let magic: UInt32 = 0x444e_4557

    package let way: Way
    /// CPU that it took, in user and system mode.
    package let computeMicroseconds: UInt64
    /// The most that it had resident, shared pages included.
    package let residentBytesMax: UInt64

    package init(way: Way, computeMicroseconds: UInt64, residentBytesMax: UInt64) {
        self.way = way
        self.computeMicroseconds = computeMicroseconds
        self.residentBytesMax = residentBytesMax
    }

    package var bytes: [UInt8] {
        let (code, detail): (UInt32, UInt32) =
            switch way {
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
        case (1, _): way = .exit(detail)
        case (2, _): way = .signal(detail)
        case (3, 0): way = .outOfTime
        case (4, 0): way = .notStarted
        default: throw WireError.malformed(.code)
        }
        computeMicroseconds = try reader.integer()
        residentBytesMax = try reader.integer()
        try reader.end()
    }
}
