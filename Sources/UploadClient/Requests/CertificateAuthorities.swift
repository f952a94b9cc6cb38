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
            let file = try location.directory.open(location.name, .read)
            defer { location.directory.close(file) }
            bytes = try location.directory.readAll(file, atMost: Self.bytesMax)
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
