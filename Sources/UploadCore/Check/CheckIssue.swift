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

    public enum Repair: Hashable, Sendable {
        /// Mark pieces of a pending upload as missing, so that its client sends them again.
        case forgetPieces(of: SessionId, in: [Range<UInt64>])
        /// Move the file to the quarantine. Nothing is deleted.
        ///
        /// The shard is nil for a file outside of the shards.
        case quarantine(name: String, shard: Int?)
    }
}

extension CheckIssue {
    /// Advice for the operator.
    public var advice: String {
        switch repair {
        case .forgetPieces: return "Repair the store: the client sends the missing bytes again."
        case .quarantine: return "Repair the store: the file is moved to “quarantine”."
        case nil: break
        }
        return switch kind {
        case .missingObject, .shortObject, .longObject, .damagedBytes, .digestMismatch, .orphanObject, .unknownFile:
            "Restore the file from a backup, or delete the blob."
        case .catalogue: "Restore the catalogue and its “-wal” file from a backup."
        case .unreadable: "Check the disk and the permissions of the file, then run the check again."
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
