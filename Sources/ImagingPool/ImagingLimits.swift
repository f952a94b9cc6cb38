public import ImagingWire

/// What deriving pictures may take, as a whole and for each. `validate()` is called by whoever makes a pool of them.
public struct ImagingLimits: Hashable, Sendable {
    /// Pictures at once: processes, with the memory of `picture` each, and threads that wait for them.
    public var workers = 2
    /// Calls that wait for a worker; further ones are refused.
    public var waitingMax = 1024
    /// Bytes of a file that is derived.
    public var fileBytesMax: UInt64 = 512 << 20
    /// What one picture may take.
    public var picture = PictureLimits()

    public init() {}

    /// Throws the first value that cannot work.
    public func validate() throws(InvalidPictureLimit) {
        guard (1...256).contains(workers) else {
            throw InvalidPictureLimit(name: "workers", value: UInt64(clamping: workers), range: 1...256)
        }
        guard (0...1_000_000).contains(waitingMax) else {
            throw InvalidPictureLimit(name: "waiting calls", value: UInt64(clamping: waitingMax), range: 0...1_000_000)
        }
        guard (1...1 << 40).contains(fileBytesMax) else {
            throw InvalidPictureLimit(name: "file bytes", value: fileBytesMax, range: 1...1 << 40)
        }
        try picture.validate()
    }
}
