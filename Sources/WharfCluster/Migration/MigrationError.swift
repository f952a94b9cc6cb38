import BlobStorageS3
import UploadCore

/// Why a migration ended before its end. What it had moved stays, and the same migration can be continued.
///
/// For the operator: the message names the store, the database and the bucket.
package struct MigrationError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        case targetNotEmpty = "migration_target_not_empty"
        /// The database has another store, or a copy of this one that has other rows.
        case otherStore = "migration_of_another_store"
        /// The store was used since the migration began, or is a copy of another moment.
        case storeChanged = "migration_store_changed"
        case otherBucket = "migration_bucket_changed"
        /// The rows in the database are not those of the store.
        case rowsDiffer = "migration_rows_differ"
        case storeFailed = "migration_store_failed"
        case catalogueFailed = "migration_catalogue_failed"
        case objectsFailed = "migration_objects_failed"
        case cancelled = "migration_cancelled"
    }

    package let code: Code
    /// Whether another database or bucket has to be given.
    package var isWrongSetting: Bool {
        switch code {
        case .targetNotEmpty, .otherStore, .otherBucket: true
        case .storeChanged, .rowsDiffer, .storeFailed, .catalogueFailed, .objectsFailed, .cancelled: false
        }
    }
    package let message: String
    package let advice: String
    /// Whether the same call may succeed later.
    package let isTemporary: Bool

    package init(_ code: Code, _ message: String, advice: String, isTemporary: Bool = false) {
        self.code = code
        self.message = message
        self.advice = advice
        self.isTemporary = isTemporary
    }
}

extension MigrationError {
    static let again = "Run the same command again: it continues."
    /// The segments below the former prefix are recorded in the former database only.
    private static let anotherTarget =
        "with an empty database and a new prefix of the bucket, and delete what is below the former prefix"

    static let cancelled = MigrationError(
        .cancelled, "The migration was stopped.", advice: again, isTemporary: true)

    static let targetNotEmpty = MigrationError(
        .targetNotEmpty, "The database holds other data.",
        advice: "Give an empty database, or one that a migration of this store began to fill.")

    static let otherStore = MigrationError(
        .otherStore, "Another store was moved, or is being moved, into the database.",
        advice: "Give an empty database.")

    static let storeChanged = MigrationError(
        .storeChanged,
        "The store is not as it was when the migration began: it was served, repaired or restored since.",
        advice: "Leave the store stopped, and begin again \(anotherTarget).")

    static let usedAfterMigration = MigrationError(
        .storeChanged, "The store was moved before, and was changed since: what is new in it is not in the database.",
        advice: "Serve the cluster and stop serving this store, or begin again \(anotherTarget).")

    static func otherBucket(_ former: String) -> MigrationError {
        MigrationError(
            .otherBucket, "The migration has begun with the bucket \(former).",
            advice: "Continue with that one, or begin again \(anotherTarget).")
    }

    static func bucket(_ error: S3Error) -> MigrationError {
        MigrationError(
            error.kind == .configuration ? .otherBucket : .objectsFailed, "The bucket cannot be used: \(error)",
            advice: error.kind == .unavailable
                ? again : "Continue with the bucket of before, or begin again \(anotherTarget).",
            isTemporary: error.kind == .unavailable)
    }

    static func rowsDiffer(_ table: String) -> MigrationError {
        MigrationError(
            .rowsDiffer, "The rows of “\(table)” in the database are not those of the store.",
            advice: "Begin again \(anotherTarget). If this repeats, it is a defect of Wharf.")
    }

    static func store(_ error: UploadError) -> MigrationError {
        MigrationError(
            .storeFailed, "The store cannot be read: \(error.debugDescription)",
            advice: error.code == .unavailable ? again : "Run `wharf check` on it.",
            isTemporary: error.code == .unavailable)
    }

    static func catalogue(_ error: UploadError) -> MigrationError {
        MigrationError(
            .catalogueFailed, "The database failed: \(error.debugDescription)",
            advice: again, isTemporary: error.code == .unavailable)
    }

    /// - Parameter error: Of the bucket, or of the database, where segments are announced before they are stored.
    static func objects(_ error: UploadError) -> MigrationError {
        MigrationError(
            .objectsFailed, "Bytes could not be copied: \(error.debugDescription)", advice: again,
            isTemporary: error.code == .unavailable)
    }
}

/// Calls one of the stores, whose error becomes that of the migration.
func migrating<Value>(
    _ translate: (UploadError) -> MigrationError, _ body: () async throws(UploadError) -> Value
) async throws(MigrationError) -> Value {
    do throws(UploadError) {
        return try await body()
    } catch {
        throw Task.isCancelled ? .cancelled : translate(error)
    }
}
