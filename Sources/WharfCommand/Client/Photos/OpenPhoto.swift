import Glibc
import UploadCore

/// A photo of this machine that is open for whoever derives it.
final class OpenPhoto: OpenFile {
    let descriptor: CInt

    /// Blocks.
    ///
    /// - Throws: `unavailable` if the file cannot be opened.
    init(path: String) throws(DerivationFailure) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw DerivationFailure(.unavailable, "the file cannot be opened") }
    }

    deinit {
        Glibc.close(descriptor)
    }

    func prepare(_ range: Range<UInt64>) async {}

    /// Nothing to do: it is closed when nobody holds it any more.
    func close() {}
}
