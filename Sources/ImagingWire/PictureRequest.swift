/// A request to derive one picture. The descriptors of the file and of the reply stream are sent with it.
package struct PictureRequest: Hashable, Sendable {
    package static let byteCount = 84
    private static let magic: UInt32 = 0x5152_4957

    package let limits: PictureLimits
    /// The largest picture in bytes. A video may be larger: little of it is read.
    package let fileBytesMax: UInt64
    package let sandbox: SandboxPolicy

    package init(limits: PictureLimits, fileBytesMax: UInt64 = .max, sandbox: SandboxPolicy = .available) {
        self.limits = limits
        self.fileBytesMax = fileBytesMax
        self.sandbox = sandbox
    }

    package var bytes: [UInt8] {
        var writer = WireWriter()
        writer.append(Self.magic)
        writer.append(limits.jpegScansMax)
        writer.append(limits.pixelsMax)
        writer.append(limits.wholePixelsMax)
        writer.append(limits.gifPixelsMax)
        writer.append(limits.videoPixelsMax)
        writer.append(limits.videoReadBytesMax)
        writer.append(limits.videoFramesMax)
        writer.append(fileBytesMax)
        writer.append(limits.memoryBytes)
        writer.append(limits.computeSeconds)
        writer.append(limits.seconds)
        writer.append(limits.niceness)
        writer.append(sandbox.code)
        return writer.bytes
    }

    /// - Throws: `.malformed`.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        guard try reader.integer() as UInt32 == Self.magic else { throw WireError.malformed(.magic) }
        var limits = PictureLimits()
        limits.jpegScansMax = try reader.integer()
        limits.pixelsMax = try reader.integer()
        limits.wholePixelsMax = try reader.integer()
        limits.gifPixelsMax = try reader.integer()
        limits.videoPixelsMax = try reader.integer()
        limits.videoReadBytesMax = try reader.integer()
        limits.videoFramesMax = try reader.integer()
        fileBytesMax = try reader.integer()
        limits.memoryBytes = try reader.integer()
        limits.computeSeconds = try reader.integer()
        limits.seconds = try reader.integer()
        limits.niceness = try reader.integer()
        guard let sandbox = SandboxPolicy(code: try reader.integer()) else { throw WireError.malformed(.code) }
        try reader.end()
        self.limits = limits
        self.sandbox = sandbox
    }
}

/// The limits of one picture. The server sends them with each picture; the worker enforces them.
public struct PictureLimits: Hashable, Sendable {
    /// Pixels of formats decoded line by line: baseline JPEG, PNG, TIFF.
    public var pixelsMax: UInt64 = 250_000_000
    /// Pixels of formats decoded as a whole: progressive JPEG (up to 6 bytes per pixel), interlaced PNG (up to 8),
    /// WebP, HEIC and AVIF. Phones take pictures of 200 megapixels, which need 1.2 GB as HEIC.
    public var wholePixelsMax: UInt64 = 210_000_000
    /// Pixels of a GIF's canvas.
    public var gifPixelsMax: UInt64 = 50_000_000
    /// Pixels of a video's frame: 8K, and some more.
    public var videoPixelsMax: UInt64 = 36_000_000
    /// Bytes read of a video for its poster.
    public var videoReadBytesMax: UInt64 = 256 << 20
    /// Frames of a video that are decoded for its poster.
    public var videoFramesMax: UInt32 = 60
    /// Scans of a JPEG. Cameras write one, progressive encoders about ten; each costs as much as decoding the picture.
    public var jpegScansMax: UInt32 = 100

    /// Address space of the decoding process. With less than 1 GiB HEIC hangs instead of failing.
    public var memoryBytes: UInt64 = 3 << 30
    /// Seconds of CPU.
    public var computeSeconds: UInt32 = 40
    /// Seconds after which the process is killed.
    public var seconds: UInt32 = 120
    /// Added to the server's niceness, 0 to 19, so that uploads are preferred.
    public var niceness: UInt32 = 5

    public init() {}

    /// Throws the first invalid value.
    public func validate() throws(InvalidPictureLimit) {
        try Self.require(pixelsMax, in: 1...10_000_000_000, "pixels")
        try Self.require(wholePixelsMax, in: 1...10_000_000_000, "whole pixels")
        try Self.require(gifPixelsMax, in: 1...10_000_000_000, "GIF pixels")
        try Self.require(videoPixelsMax, in: 1...10_000_000_000, "video pixels")
        try Self.require(videoReadBytesMax, in: 1 << 20...1 << 40, "bytes read of a video")
        try Self.require(UInt64(videoFramesMax), in: 1...100_000, "video frames")
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

/// A limit outside of its valid range.
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
