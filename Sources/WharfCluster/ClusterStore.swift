public import BlobStorageS3
public import CataloguePostgres
public import UploadCore
import UploadDerivation
public import Wharf

/// The store of one node of a cluster: the facts in a PostgreSQL database, the bytes in a bucket, both shared with the other
/// nodes. A node keeps nothing on its disk, and any node continues any upload.
///
///     let store = try await ClusterStore(
///         catalogue: PostgresSettings(connection: "postgres://wharf@db.example.org/wharf"),
///         objects: S3Location(parsing: "s3://photos/wharf?region=eu-central-1"),
///         credentials: S3Credentials(environment: ProcessInfo.processInfo.environment))
///     let upload = try await store.uploads.beginUpload(request, by: caller)
///     …
///     await store.close()
public final class ClusterStore: Sendable {
    public typealias Service = UploadService<CataloguePostgres, S3BlobStore, SystemClock>

    /// The service for all operations on uploads, blobs, capsules and memories.
    public let uploads: Service
    /// What the operator should know about the durability of the database, and about the bucket, in words.
    public let warnings: [String]
    let catalogue: CataloguePostgres
    let blobs: S3BlobStore

    /// Opens the store: connects to the database, creates its tables or migrates them, and tests the bucket with one small
    /// object. The first node marks the bucket as that of the database, and no node opens another one. Several nodes may open
    /// it at the same time.
    ///
    /// - Parameter observer: Notified of every commit.
    /// - Throws: `ClusterStoreError`.
    public convenience init(
        catalogue: PostgresSettings, objects location: S3Location, credentials: S3Credentials,
        objectSettings: S3Settings = S3Settings(), limits: Limits = Limits(), observer: (any StoreObserver)? = nil
    ) async throws(ClusterStoreError) {
        try await self.init(location, credentials, objectSettings, limits) { () throws(UploadError) in
            try await CataloguePostgres(catalogue, limits: limits, observer: observer)
        } prepare: { blobs throws(S3Error) in
            try await blobs.prepare()
        } recognize: { bucket throws(ClusterStoreError) in
            try await bucket.requireBucket()
        }
    }

    /// Opens the store for a check, beside its nodes, and changes nothing: the tables must exist, and the bucket be theirs and
    /// listable.
    ///
    /// - Throws: `ClusterStoreError`.
    public convenience init(
        checking catalogue: PostgresSettings, objects location: S3Location, credentials: S3Credentials,
        objectSettings: S3Settings = S3Settings()
    ) async throws(ClusterStoreError) {
        try await self.init(location, credentials, objectSettings, Limits()) { () throws(UploadError) in
            try await CataloguePostgres(checking: catalogue)
        } prepare: { blobs throws(S3Error) in
            try await blobs.requireReadable()
        } recognize: { bucket throws(ClusterStoreError) in
            try await bucket.examineBucket()
        }
    }

    private init(
        _ location: S3Location, _ credentials: S3Credentials, _ settings: S3Settings, _ limits: Limits,
        open: () async throws(UploadError) -> CataloguePostgres,
        prepare: (S3BlobStore) async throws(S3Error) -> Void,
        recognize: (BucketRecognition) async throws(ClusterStoreError) -> [String]
    ) async throws(ClusterStoreError) {
        let clock = SystemClock()
        do throws(UploadError) {
            catalogue = try await open()
        } catch {
            throw .catalogue(error)
        }
        do throws(ClusterStoreError) {
            blobs = try await Self.bucket(location, credentials, catalogue, clock, settings, prepare)
        } catch {
            await catalogue.close()
            throw error
        }
        do throws(ClusterStoreError) {
            warnings =
                catalogue.warnings + (try await recognize(BucketRecognition(catalogue: catalogue, blobs: blobs)))
            uploads = try Self.service(catalogue, blobs, clock, limits)
        } catch {
            await blobs.shutdown()
            await catalogue.close()
            throw error
        }
    }

    private static func service(
        _ catalogue: CataloguePostgres, _ blobs: S3BlobStore, _ clock: SystemClock, _ limits: Limits
    ) throws(ClusterStoreError) -> Service {
        do throws(UploadError) {
            return try Service(catalogue: catalogue, blobs: blobs, clock: clock, limits: limits)
        } catch {
            throw .catalogue(error)
        }
    }

    /// Opens the bucket, and prepares it by `prepare`.
    static func bucket(
        _ location: S3Location, _ credentials: S3Credentials, _ catalogue: CataloguePostgres, _ clock: SystemClock,
        _ settings: S3Settings, _ prepare: (S3BlobStore) async throws(S3Error) -> Void
    ) async throws(ClusterStoreError) -> S3BlobStore {
        do throws(S3Error) {
            let blobs = try S3BlobStore(location, credentials, catalogue: catalogue, clock: clock, settings: settings)
            do throws(S3Error) {
                try await prepare(blobs)
            } catch {
                await blobs.shutdown()
                throw error
            }
            return blobs
        } catch {
            throw .objects(error)
        }
    }

    /// Uses another key for the bucket from the next request on, as the former one is about to expire, or to be revoked. It is
    /// not tried out.
    public func replace(credentials: S3Credentials) {
        blobs.replace(credentials: credentials)
    }

    /// Closes all connections. Do not call anything afterwards.
    public func close() async {
        await catalogue.close()
        await blobs.shutdown()
    }
}

/// Why a node cannot open the store of its cluster.
public enum ClusterStoreError: Error, Sendable {
    /// `unsupported_format`, `store_corrupt`, `unavailable`, or `invalid_argument` for settings and limits.
    case catalogue(UploadError)
    case objects(S3Error)
}
