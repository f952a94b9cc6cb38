import BlobStorageS3
import CataloguePostgres
import DurableFiles
import FoundationEssentials
import Logging
import UploadClient
import UploadCore
import WharfCluster

/// The database and the bucket that a node shares with the other nodes of its cluster. Both or none are given.
struct ClusterSettings: Hashable, Sendable {
    /// libpq's URI, without a password; empty for a store in a directory.
    var catalogue = ""
    var connectionsMax = 8
    var standbys = StandbyChoice.require
    /// Nil for a store in a directory.
    var objects: ObjectsLocation?
    var memoryBytesMax = S3Settings().memoryBytesMax
    /// A credentials file of AWS's tools; empty for the environment.
    var credentials = ""
    /// A PEM file of authorities that may sign the endpoint's certificate besides those of the system; empty for none.
    var authorities = ""
    /// How long the bytes of deleted uploads stay in the bucket.
    var removalDelayMilliseconds: Int64 = 0
    /// Below what blobs are published as one object each; empty for not at all.
    var publish = ""
    var publicationsAtOnce = 1
    /// Whether clients get published blobs from the bucket.
    var redirectsDownloads = false
    var redirectMilliseconds: Int64 = 300_000

    enum StandbyChoice: String, CaseIterable, Sendable {
        case require, warn
    }

    /// A location with the text that it was read from.
    struct ObjectsLocation: Hashable, Sendable {
        let text: String
        let location: S3Location
    }
}

extension ServerSettings {
    /// - Throws: `SettingsError` if only one half of a cluster's store is set, or if something is set that only a cluster can do.
    func requireWholeCluster() throws(SettingsError) {
        if cluster.objects == nil, !cluster.publish.isEmpty {
            throw SettingsError("publish needs catalogue and objects: only a cluster has a bucket")
        }
        if cluster.redirectsDownloads, cluster.publish.isEmpty {
            throw SettingsError("redirect-downloads needs publish: only a published blob is one object of the bucket")
        }
        guard ClusterStore.redirectSeconds.contains(cluster.redirectSeconds) else {
            throw SettingsError("redirect-lifetime: the longest that engines take is 7d")
        }
        switch (cluster.catalogue.isEmpty, cluster.objects) {
        case (true, nil), (false, .some): break
        case (true, .some): throw SettingsError("objects needs catalogue, the database of the cluster")
        case (false, nil): throw SettingsError("catalogue needs objects, the bucket of the cluster")
        }
    }
}

extension ClusterSettings {
    /// - Returns: Nil for a store in a directory.
    /// - Throws: `ServeError` that says which of both cannot be used.
    func open(
        durability: Durability, limits: Limits, observer: any StoreObserver, logger: Logger
    ) async throws(ServeError) -> ClusterStore? {
        guard let objects else { return nil }
        let (credentials, s3) = (try await loadCredentials(), try await loadObjectSettings())
        do throws(ClusterStoreError) {
            let store = try await ClusterStore(
                catalogue: postgres(durability), objects: objects.location, credentials: credentials,
                objectSettings: s3, limits: limits, observer: observer)
            for warning in store.warnings { logger.warning("\(warning)", metadata: ["catalogue": "\(catalogue)"]) }
            logger.info("store opened", metadata: ["catalogue": "\(catalogue)", "objects": "\(objects.text)"])
            return store
        } catch {
            throw serveError(error)
        }
    }

    /// Opens the store for a check, which changes nothing.
    ///
    /// - Returns: Nil for a store in a directory.
    /// - Throws: `ServeError` that says which of both cannot be used.
    func openForCheck() async throws(ServeError) -> ClusterStore? {
        guard let objects else { return nil }
        let (credentials, s3) = (try await loadCredentials(), try await loadObjectSettings())
        do throws(ClusterStoreError) {
            return try await ClusterStore(
                checking: postgres(.powerLoss), objects: objects.location, credentials: credentials,
                objectSettings: s3)
        } catch {
            throw serveError(error)
        }
    }

    func postgres(_ durability: Durability) -> PostgresSettings {
        var settings = PostgresSettings(connection: catalogue)
        settings.connectionsMax = connectionsMax
        settings.durability = durability
        settings.firstRemovalDelay = .milliseconds(removalDelayMilliseconds)
        settings.standbys = standbys == .require ? .requireSynchronous : .warn
        return settings
    }

    /// Engines count whole seconds.
    var redirectSeconds: Int { Int(clamping: redirectMilliseconds / 1000) }

    /// Nil to publish nothing.
    var publication: PublicationPolicy? {
        guard var policy = PublicationPolicy(prefix: publish) else { return nil }
        policy.atOnce = publicationsAtOnce
        return policy
    }

    /// Says which of both cannot be used. What a change of the settings must precede ends with the status of invalid settings,
    /// which a supervisor does not repeat.
    func serveError(_ error: ClusterStoreError) -> ServeError {
        switch error {
        case .catalogue(let error):
            switch error.reason {
            case .invalidArgument("catalogue", let problem): ServeError(.usage, "the catalogue \(catalogue) \(problem)")
            // Standbys come and go without a change of the settings.
            case .invalidArgument("standbys", _): ServeError(.localFile, unopened(error))
            default: ServeError(error.startUpStatus, unopened(error))
            }
        case .objects(let error):
            ServeError(error.startUpStatus, "the bucket \(objects?.text ?? "") cannot be used: \(error)")
        }
    }

    private func unopened(_ error: UploadError) -> String {
        "the catalogue \(catalogue) cannot be opened: \(StartUpError.text(error))"
    }

    private static let credentialsBytesMax: UInt64 = 64 << 10
    private static let authoritiesBytesMax: UInt64 = 1 << 20

    func loadCredentials() async throws(ServeError) -> S3Credentials {
        try await blocking { () throws(ServeError) in try self.readCredentials() }
    }

    /// Blocks.
    func readCredentials() throws(ServeError) -> S3Credentials {
        let text = try Self.read("objects-credentials", credentials, atMost: Self.credentialsBytesMax)
        do throws(S3Error) {
            guard let text else { return try S3Credentials(environment: ProcessInfo.processInfo.environment) }
            return try S3Credentials(file: String(decoding: text, as: UTF8.self))
        } catch {
            let advice = text == nil ? " Set it, or name a credentials file here." : ""
            throw ServeError(.usage, "objects-credentials: \(error)\(advice)")
        }
    }

    func loadObjectSettings() async throws(ServeError) -> S3Settings {
        var settings = S3Settings()
        settings.memoryBytesMax = memoryBytesMax
        let bytes = try await blocking { () throws(ServeError) in
            try Self.read("objects-authorities", self.authorities, atMost: Self.authoritiesBytesMax)
        }
        if let bytes {
            guard let authorities = CertificateAuthorities(pem: bytes) else {
                throw ServeError(.usage, "objects-authorities: \(authorities) has no certificate in PEM format")
            }
            settings.authorities = authorities
        }
        return settings
    }

    /// Nil if the credentials are not in a file.
    func credentialsReloader(
        _ logger: Logger, replace: @escaping @Sendable (S3Credentials) -> Void
    ) -> FileReloader<ServeError>? {
        guard !credentials.isEmpty else { return nil }
        return FileReloader("credentials of the bucket", logger: logger) { () throws(ServeError) in
            let credentials = try self.readCredentials()
            replace(credentials)
            return ["access_key": "\(credentials.accessKey)"]
        }
    }

    /// Of the file that has the credentials, if they are in one. Blocks.
    var credentialsVersions: [FileVersion?] { credentials.isEmpty ? [] : FileVersion.all(of: [credentials]) }

    /// The bytes of the file that a setting names; nil without one. Blocks.
    private static func read(_ name: String, _ path: String, atMost bytesMax: UInt64) throws(ServeError) -> [UInt8]? {
        guard !path.isEmpty else { return nil }
        do throws(FileError) {
            return try SmallFile.bytes(at: path, atMost: bytesMax)
        } catch {
            throw ServeError(.usage, "\(name): \(path): \(error.reason)")
        }
    }
}
