import DurableFiles
import UploadHTTP

/// The PEM files of a server's certificate.
struct CertificateFiles: Hashable, Sendable {
    let certificate: String
    let key: String
    /// nil if clients need no certificate.
    let clientAuthorities: String?

    var paths: [String] { [certificate, key, clientAuthorities].compactMap(\.self) }

    /// Far more than a chain, or the authorities of an organisation, need.
    static let bytesMax: UInt64 = 1 << 20

    /// Reads all files. Blocks. They may be replaced one after the other meanwhile: what is read then does not belong
    /// together, and is refused.
    func read() throws(CertificateFileError) -> ServerTLS.Credentials {
        try ServerTLS.Credentials(
            certificateChain: Self.read(certificate), privateKey: Self.read(key),
            clientAuthorities: clientAuthorities.map { path throws(CertificateFileError) in try Self.read(path) })
    }

    private static func read(_ path: String) throws(CertificateFileError) -> [UInt8] {
        do throws(FileError) {
            return try SmallFile.bytes(at: path, atMost: bytesMax)
        } catch {
            throw CertificateFileError("\(path): \(error.reason)")
        }
    }

    /// Names the file in question.
    func error(_ error: InvalidCredentials) -> CertificateFileError {
        let path =
            switch error.part {
            case .certificate: certificate
            case .key: key
            case .clientAuthorities: clientAuthorities ?? ""
            }
        return CertificateFileError("\(path): \(error.problem)")
    }
}

/// Why certificate files cannot be used, with the path.
struct CertificateFileError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
