import DurableFiles

extension CertificateAuthorities {
    /// Far more than the authorities of an organisation need.
    private static let bytesMax: UInt64 = 1 << 20

    /// Reads a PEM file. Blocks.
    ///
    /// - Throws: `ClientError` `local_file` for a file that cannot be read, and one without certificates.
    public init(path: String) throws(ClientError) {
        let location = FileLocation(path)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try location.directory.contents(of: location.name, atMost: Self.bytesMax, pipes: .readInTime).bytes
        } catch {
            throw ClientError(error, path: path)
        }
        guard let authorities = CertificateAuthorities(pem: bytes) else {
            throw ClientError(
                .localFile, "“\(path)” has no certificate in PEM format.",
                advice: "Give the certificate of the authority that signed that of the server.")
        }
        self = authorities
    }
}
