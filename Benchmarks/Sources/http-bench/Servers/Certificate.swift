import Measuring

/// A self-signed certificate for TLS, made with openssl.
struct Certificate {
    let path: String
    let keyPath: String

    /// - Parameter directory: The directory of its files.
    init(in directory: String) throws(BenchError) {
        path = directory + "/certificate.pem"
        keyPath = directory + "/key.pem"
        try Command.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-batch",
                "-subj",
                "/CN=localhost", "-days", "1", "-out", path, "-keyout", keyPath,
            ])
    }
}
