import Glibc
import Testing
import UploadCore

/// A file without a name that a test lends.
final class TestFile: LentFile {
    let descriptor: Int32

    init(_ path: String, _ bytes: [UInt8], access: Int32) throws {
        let writing = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let written = bytes.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
        descriptor = open(path, access | O_CLOEXEC)
        Glibc.close(writing)
        unlink(path)
        try #require(written == bytes.count && descriptor >= 0)
    }

    func prepare(_ range: Range<UInt64>) async {}

    func close() {
        Glibc.close(descriptor)
    }
}
