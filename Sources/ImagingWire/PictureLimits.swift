/// What deriving one picture may take. The server sends it with each picture; the worker enforces it.
public struct PictureLimits: Hashable, Sendable {
    /// Pixels of formats that are decoded line by line: baseline JPEG, PNG, TIFF.
    public var pixelsMax: UInt64 = 250_000_000
    /// Pixels of formats that are held whole while they are decoded: progressive JPEG (6 bytes a pixel at worst), interlaced
    /// PNG (up to 8), WebP, HEIC and AVIF.
    public var wholePixelsMax: UInt64 = 100_000_000
    /// Pixels of a GIF's canvas.
    public var gifPixelsMax: UInt64 = 50_000_000
    /// Scans of a JPEG. Cameras write one, progressive encoders about ten; each costs as much as decoding the picture.
    public var jpegScansMax: UInt32 = 100

    /// Address space of the process that decodes. Less than 1 GiB makes HEIC hang instead of fail.
    public var memoryBytes: UInt64 = 2 << 30
    /// Seconds of CPU.
    public var computeSeconds: UInt32 = 20
    /// Seconds until the process is killed, whatever it does.
    public var seconds: UInt32 = 60
    /// Added to the scheduling priority of the server, 0 to 19: uploads come first.
    public var niceness: UInt32 = 5

    public init() {}

    /// Throws the first value that cannot work.
    public func validate() throws(InvalidPictureLimit) {
        try Self.require(pixelsMax, in: 1...10_000_000_000, "pixels")
        try Self.require(wholePixelsMax, in: 1...10_000_000_000, "whole pixels")
        try Self.require(gifPixelsMax, in: 1...10_000_000_000, "GIF pixels")
        try Self.require(UInt64(jpegScansMax), in: 1...100_000, "JPEG scans")
        try Self.require(memoryBytes, in: 1 << 30...1 << 40, "bytes of memory")
        try Self.require(UInt64(computeSeconds), in: 1...3600, "seconds of CPU")
        try Self.require(UInt64(seconds), in: 1...3600, "seconds")
        try Self.require(UInt64(niceness), in: 0...19, "niceness")
    }

    private static func require(
        _ value: UInt64, in range: ClosedRange<UInt64>, _ name: String
    ) throws(InvalidPictureLimit) {
        guard range.contains(value) else { throw InvalidPictureLimit(name: name, value: value, range: range) }
    }
}

/// A limit that was set to what cannot work.
public struct InvalidPictureLimit: Error, Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public let value: UInt64
    public let range: ClosedRange<UInt64>

    public var description: String {
        "the limit of \(name) is \(value); it must be from \(range.lowerBound) to \(range.upperBound)"
    }

    public init(name: String, value: UInt64, range: ClosedRange<UInt64>) {
        self.name = name
        self.value = value
        self.range = range
    }
}
