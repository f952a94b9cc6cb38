/// The first message of a worker: that it is one, and that it speaks this version.
package struct Hello: Hashable, Sendable {
    package static let byteCount = 16
    /// Goes up with every change to any message.
    package static let version: UInt32 = 1
    /// No text begins with its first byte: instead of a hello an error message may come.
    private static let magic = [0xfe] + Array("wharf-image".utf8)

    /// The version that the worker speaks.
    package let version: UInt32

    package init(version: UInt32 = Hello.version) {
        self.version = version
    }

    package var bytes: [UInt8] {
        var writer = WireWriter()
        writer.append(Self.magic)
        writer.append(version)
        return writer.bytes
    }

    /// - Throws: `.notAWorker` unless it begins as every worker's hello does, of whatever version.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic) else { throw WireError.notAWorker }
        var reader = WireReader(bytes)
        _ = try reader.bytes(Self.magic.count)
        version = try reader.integer()
    }
}
