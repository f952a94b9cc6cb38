/// One picture to derive. The file goes with it as a descriptor, and so does the stream that the reply is written to.
package struct PictureRequest: Hashable, Sendable {
    package static let byteCount = 56
    private static let magic: UInt32 = 0x5152_4957

    package let limits: PictureLimits

    package init(limits: PictureLimits) {
        self.limits = limits
    }

    package var bytes: [UInt8] {
        var writer = WireWriter()
        writer.append(Self.magic)
        writer.append(limits.jpegScansMax)
        writer.append(limits.pixelsMax)
        writer.append(limits.wholePixelsMax)
        writer.append(limits.gifPixelsMax)
        writer.append(limits.memoryBytes)
        writer.append(limits.computeSeconds)
        writer.append(limits.seconds)
        writer.append(limits.niceness)
        writer.append(UInt32(0))
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
        limits.memoryBytes = try reader.integer()
        limits.computeSeconds = try reader.integer()
        limits.seconds = try reader.integer()
        limits.niceness = try reader.integer()
        _ = try reader.integer() as UInt32
        try reader.end()
        self.limits = limits
    }
}
