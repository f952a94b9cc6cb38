import BlobStorageS3
import Logging
import Synchronization

/// Reads the file with the key of the bucket again. One that cannot be used is logged, and the former key stays in use.
final class CredentialsReloader: Sendable {
    private let settings: ClusterSettings
    private let replace: @Sendable (S3Credentials) -> Void
    private let logger: Logger
    /// Held from the reading of the file to the replacement of the key: a slower reload could otherwise bring a former key
    /// back.
    private let turn = Mutex(())

    /// - Returns: Nil if the key is not in a file.
    init?(_ settings: ClusterSettings, logger: Logger, replace: @escaping @Sendable (S3Credentials) -> Void) {
        guard !settings.credentials.isEmpty else { return nil }
        self.settings = settings
        self.replace = replace
        self.logger = logger
    }

    func reload() async {
        do throws(ServeError) {
            let key = try await blocking { () throws(ServeError) in
                try self.turn.withLock { _ throws(ServeError) in
                    let credentials = try self.settings.readCredentials()
                    self.replace(credentials)
                    return credentials.accessKey
                }
            }
            logger.notice("credentials of the bucket reloaded", metadata: ["access_key": "\(key)"])
        } catch {
            logger.error(
                "credentials of the bucket not reloaded; the former ones stay in use", metadata: ["error": "\(error)"])
        }
    }
}
