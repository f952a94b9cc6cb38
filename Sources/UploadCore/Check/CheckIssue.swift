public import SessionCore

/// A violated invariant of the store.
public struct CheckIssue: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A committed blob, or a pending upload with durable bytes, has no file.
        case missingObject = "missing_object"
        /// An object is shorter than its blob, or than the durable bytes of its pending upload.
        case shortObject = "short_object"
        /// A committed object is longer than its blob.
        case longObject = "long_object"
        /// Durable bytes of a pending upload do not match their checksums.
        case damagedBytes = "damaged_bytes"
        /// The bytes of a committed blob do not match its digest.
        case digestMismatch = "digest_mismatch"
        /// A file without a reference from an upload or a blob.
        case orphanObject = "orphan_object"
        /// A file in or beside the object directories whose name is not an object key, or a symbolic link.
        case unknownFile = "unknown_file"
        /// The catalogue contradicts itself.
        case catalogue = "catalogue"
        /// An object or a directory that could not be read.
        case unreadable = "unreadable"
    }

    public let kind: Kind
    public let upload: SessionId?
    /// For the operator; names files, by their paths in the store's directory, and uploads.
    public let detail: String
    /// The repair, if there is one.
    public let repair: Repair?
    /// Whether the bytes are in a bucket, and the catalogue in a database.
    public let isOfCluster: Bool

    init(kind: Kind, upload: SessionId?, detail: String, repair: Repair?, isOfCluster: Bool = false) {
        self.kind = kind
        self.upload = upload
        self.detail = detail
        self.repair = repair
        self.isOfCluster = isOfCluster
    }

    public enum Repair: Hashable, Sendable {
        /// Mark pieces of a pending upload as missing, so that its client sends them again.
        case forgetPieces(of: SessionId, in: [Range<UInt64>])
        /// Move the file to the quarantine. Nothing is deleted.
        ///
        /// The shard is nil for a file outside of the shards.
        case quarantine(name: String, shard: Int?)
        /// As `forgetPieces`, of the bytes that a recorded segment holds.
        case forgetSegment(ObjectKey)
        /// As `forgetSegment`, unless the object is there by then, with its size.
        case forgetLostSegment(ObjectKey)
        /// Move the object of an unknown segment to the quarantine. Nothing is deleted.
        case quarantineSegment(ObjectKey)
    }
}

extension CheckIssue {
    /// Advice for the operator.
    public var advice: String {
        switch repair {
        case .forgetPieces, .forgetSegment, .forgetLostSegment:
            return "Repair the store: the client sends the missing bytes again."
        case .quarantine: return "Repair the store: the file is moved to “quarantine”."
        case .quarantineSegment: return "Repair the store: the object is moved below “quarantine/”."
        case nil: break
        }
        return isOfCluster ? adviceForCluster : adviceForDirectory
    }

    private var adviceForDirectory: String {
        switch kind {
        case .missingObject, .shortObject, .longObject, .damagedBytes, .digestMismatch, .orphanObject, .unknownFile:
            "Restore the file from a backup, or delete the blob."
        case .catalogue: "Restore the catalogue and its “-wal” file from a backup."
        case .unreadable: "Check the disk and the permissions of the file, then run the check again."
        }
    }

    private var adviceForCluster: String {
        switch kind {
        case .missingObject, .shortObject, .longObject, .damagedBytes, .digestMismatch:
            "Restore the object from another version of it in the bucket or from a copy of the bucket, or delete the blob."
        case .orphanObject: "Check that the database and the bucket belong together."
        case .unknownFile: "Nothing uses the object: move it away from the segments, or delete it."
        case .catalogue: "Restore the database from a backup."
        case .unreadable: "Run the check again, and read the log of the engine."
        }
    }
}

/// The result of a check.
public struct CheckReport: Sendable {
    public var issues: [CheckIssue] = []
    public var uploads: UInt64 = 0
    public var objects: UInt64 = 0
    public var bytesVerified: UInt64 = 0

    public var isClean: Bool { issues.isEmpty }
}
