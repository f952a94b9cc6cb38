import Glibc
import Testing
import UploadDerivation

/// Pictures for tests, in a folder.
protocol PictureFolder {
    static var folder: String { get }
}

extension PictureFolder {
    static func bytes(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [UInt8] {
        let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0, "no \(name)", sourceLocation: sourceLocation)
        defer { close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
    }

    static func derived(_ name: String) async throws -> PhotoDerivatives {
        let bytes = try bytes(name)
        return try await withPool(limits: testLimits()) { try await $0.derive(bytes) }
    }
}
