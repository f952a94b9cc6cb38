import HTTPWire
import Logging
import SessionCore
import UploadHTTP

/// Puts the certificate files into use again: on SIGHUP, and after they have changed. Files that cannot be used are
/// logged, and the former certificate stays in use.
final class CertificateReloader: Sendable {
    private let files: CertificateFiles
    private let tls: ServerTLS
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    init(
        files: CertificateFiles, tls: ServerTLS, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.files = files
        self.tls = tls
        self.now = now
        self.logger = logger
    }

    /// Reads the files and checks that they belong together.
    ///
    /// - Throws: `CertificateFileError`.
    static func load(
        _ files: CertificateFiles, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) async throws(CertificateFileError) -> (tls: ServerTLS, reloader: CertificateReloader) {
        let tls = try await blocking { () throws(CertificateFileError) in
            let credentials = try files.read()
            do throws(InvalidCredentials) {
                return try ServerTLS(credentials)
            } catch {
                throw files.error(error)
            }
        }
        let reloader = CertificateReloader(files: files, tls: tls, now: now, logger: logger)
        reloader.log("certificate loaded")
        return (tls, reloader)
    }

    func reload() async {
        do throws(CertificateFileError) {
            try await blocking { [files, tls] () throws(CertificateFileError) in
                let credentials = try files.read()
                do throws(InvalidCredentials) {
                    try tls.replace(with: credentials)
                } catch {
                    throw files.error(error)
                }
            }
            log("certificate reloaded")
        } catch {
            logger.error("certificate not reloaded; the former one stays in use", metadata: ["error": "\(error)"])
        }
    }

    private func log(_ event: Logger.Message) {
        let end = Timestamp(milliseconds: tls.expiresAt * 1000)
        let metadata: Logger.Metadata = ["valid_until": "\(end.rfc3339)"]
        logger.notice(event, metadata: metadata)
        if end <= now() { logger.error("the certificate has expired: clients refuse it", metadata: metadata) }
    }
}
