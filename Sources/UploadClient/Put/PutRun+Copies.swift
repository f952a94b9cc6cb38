import HTTPTypes
import HTTPWire
import NativeWire
import SessionCore
import UploadModel

/// Files whose bytes the server has, though this machine's journal does not say so: the journal was lost, another machine
/// sent them, or they have another name.
extension PutRun {
    /// What becomes of a file without its bytes.
    enum Held: Sendable {
        /// In the same capsule and under the same name.
        case known(blob: String)
        /// In another capsule or under another name, of which this one is a copy now.
        case copied(FinishedDocument)

        var blob: String {
            switch self {
            case .known(let blob): blob
            case .copied(let finished): finished.blob
            }
        }
    }

    /// A file whose bytes were hashed.
    struct HashedFile: Sendable {
        let number: Int
        let file: PutFile
        let sha256: String
    }

    /// Whether the server is asked before files are sent.
    var asksByDigest: Bool { skips && features.hasLookup && lookups.isOn }

    /// Whether a file is looked up before it is sent. Empty ones are cheaper to send, and an earlier run may have sent a small one
    /// that the journal has as begun: its key finds what became of it.
    func isLookedUp(_ file: PutFile) -> Bool {
        if file.size > PutGroups.smallBytesMax { return asksForLarge }
        return file.size > 0 && journal?.entry(file.journalPath) == nil
    }

    /// A blob with the bytes of a file.
    struct Match: Sendable {
        let blob: BlobDocument
        /// Whether it is in the same capsule and has the same name.
        let isSameFile: Bool
    }

    /// The blobs with the bytes of these files, by the files' numbers; at most `UploadClient.lookupDigestsMax` files.
    ///
    /// - Throws: `ClientError` only for what affects all files.
    func matches(of files: [HashedFile]) async throws -> [Int: Match] {
        guard asksByDigest, !files.isEmpty else { return [:] }
        do {
            var found: [String: BlobDocument] = [:]
            for blob in try await client.lookUp(Array(Set(files.map(\.sha256))), capsule: options.capsule) {
                if let sha256 = blob.sha256 { found[sha256] = blob }
            }
            if found.isEmpty { return [:] }
            let capsule = try await targetCapsule()
            return files.reduce(into: [:]) { matches, file in
                guard let blob = found[file.sha256] else { return }
                let isSameFile = blob.name == file.file.name && blob.capsule == capsule
                matches[file.number] = Match(blob: blob, isSameFile: isSameFile)
            }
        } catch let error as ClientError where !error.affectsAllFiles {
            // Nobody but members may ask, and deduplication may be off by now.
            lookups.turnOff()
            return [:]
        }
    }

    /// The files among these that need not be sent, by their numbers. Those that the server has under another name or in another
    /// capsule are copied there.
    ///
    /// - Throws: As `matches`: a file that cannot be copied is sent.
    func held(_ files: [HashedFile]) async throws -> [Int: Held] {
        let matches = try await matches(of: files)
        var held: [Int: Held] = [:]
        for file in files {
            guard let match = matches[file.number] else { continue }
            if match.isSameFile {
                held[file.number] = .known(blob: match.blob.blob)
            } else if let copy = try await copy(of: match.blob, for: file) {
                held[file.number] = .copied(copy)
            }
        }
        return held
    }

    /// The id of the capsule that files are sent to.
    private func targetCapsule() async throws -> String {
        if let capsule = options.capsule, capsule != Self.defaultCapsule { return capsule }
        return try await client.capsule(Self.defaultCapsule).id
    }

    /// What the server calls the caller's default capsule in paths.
    private static let defaultCapsule = "default"

    private func copy(of blob: BlobDocument, for file: HashedFile) async throws -> FinishedDocument? {
        let document = BlobCopyDocument(
            capsule: options.capsule, name: file.file.name, type: type(of: file.file),
            modifiedAt: options.keepsModificationTime ? WireTime(nanoseconds: file.file.modifiedNanoseconds) : nil,
            derive: options.derive)
        do {
            return try await client.copy(blob.blob, document, key: Self.copyKey(blob.blob, document))
        } catch let error as ClientError where !error.affectsAllFiles {
            return nil
        }
    }

    /// The same for each run, so that a run without a journal finds the copy of an earlier one.
    private static func copyKey(_ blob: String, _ copy: BlobCopyDocument) -> String {
        let facts = [blob, copy.capsule ?? "", copy.name, copy.type ?? "", copy.derive ?? ""]
        let time = copy.modifiedAt?.timestamp.rfc3339 ?? ""
        return "copy-" + Digest(of: Array((facts + [time]).joined(separator: "\0").utf8)).hex
    }

    /// Records and reports a file that was not sent.
    func report(_ held: Held, of file: HashedFile, _ observer: PutObserver) async throws {
        try await record([
            PutJournal.Entry(
                path: file.file.journalPath, size: file.file.size, modifiedNanoseconds: file.file.modifiedNanoseconds,
                state: .done(blob: held.blob, sha256: file.sha256))
        ])
        switch held {
        case .known(let blob): try await observer.onOutcome(file.number, .known(blob: blob, sha256: file.sha256))
        case .copied(let finished): try await observer.onOutcome(file.number, .copied(finished, sha256: file.sha256))
        }
    }
}

extension UploadClient {
    /// `POST /v1/blobs/{blob}/copies`: stores a blob's bytes under another name, without sending them. Idempotent by its key.
    func copy(_ blob: String, _ copy: BlobCopyDocument, key: String) async throws -> FinishedDocument {
        var request = try request(.post, NativePath.copies(ofBlob: blob), copy)
        request.fields[.idempotencyKey] = IdempotencyKeyField.format(IdempotencyKey(bytes: Array(key.utf8)))
        return try await document(FinishedDocument.self, request)
    }
}
