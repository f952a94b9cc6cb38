import BlobStorage
import BlobStorageS3
import CataloguePostgres
import CatalogueRows
import CatalogueSQLite
import SessionCore
import UploadCore
import Wharf

/// The bytes of one object. Errors of the store are findings, and the next object follows; errors of the target end the
/// migration.
extension StoreMigration {
    static let bufferBytes = 1 << 20
    /// Chunks that are recorded together.
    private static let chunksMax = 64

    func copy(_ object: MovedObject, from progress: ObjectProgress) async throws(MigrationError) -> Outcome {
        switch (object.content, object.storage) {
        case (.whole(let length, let digest), .file):
            return try await copy(object, length: length, digest, from: progress)
        case (.whole(let length, let digest), .catalogue):
            return try await compare(object, length: length, digest)
        case (.durable, _):
            return try await copyDurable(object, from: progress)
        }
    }

    /// Records the end of a copy, or of a step.
    private func record(_ copied: CopiedBytes) async throws(MigrationError) {
        try step(.bytes(of: copied.object.upload))
        try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
            try await target.record(copied)
        }
        if copied.progress.isComplete { update { $0.objects += 1 } }
    }

    /// Discards what was recorded of an object; the next call copies it once more.
    func discard(_ object: MovedObject) async throws(MigrationError) {
        try step(.bytes(of: object.upload))
        try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
            try await target.discard(object)
        }
    }

    /// Ends the work on an object. Damage discards what was recorded of it; otherwise the next call goes on from there.
    private func fail(_ object: MovedObject, _ fault: Fault) async throws(MigrationError) -> Outcome {
        if Task.isCancelled { throw .cancelled }
        if case .damage = fault { try await discard(object) }
        update { $0.objects += 1 }
        return .failed(fault)
    }

    // MARK: - Whole objects

    private func copy(
        _ object: MovedObject, length: UInt64, _ digest: Digest, from progress: ObjectProgress
    ) async throws(MigrationError) -> Outcome {
        var progress = progress
        let before = progress.through
        update { $0.bytes += before }
        var hasher = progress.hash.map { SHA256Hasher($0) } ?? SHA256Hasher()
        while !progress.isComplete {
            let step = progress.through..<min(length, progress.through + options.stepBytes)
            let receipts: [StorageReceipt]
            switch try await send(object.key, step, chunkSize: nil, length: length, &hasher) {
            case .stored(let stored): receipts = stored
            case .failed(let fault): return try await fail(object, fault)
            }
            progress.through = step.upperBound
            progress.isComplete = step.upperBound == length
            if progress.isComplete, hasher.finalize() != digest {
                return try await fail(object, .damage("its bytes have another digest than it was committed with"))
            }
            progress.hash = progress.isComplete ? nil : hasher.midstate
            try await record(CopiedBytes(of: object, receipts, progress))
        }
        return .copied(bytes: length)
    }

    private enum Sent {
        case stored([StorageReceipt])
        case failed(Fault)
    }

    /// Stores a range of an object in segments of its own.
    private func send(
        _ key: ObjectKey, _ range: Range<UInt64>, chunkSize: UInt64?, length: UInt64?, _ hasher: inout SHA256Hasher
    ) async throws(MigrationError) -> Sent {
        let sink = blobs.sink(chunkSize: chunkSize, length: length)
        defer { sink.close() }
        var stream = store.uploads.sessions.blobs.stream(key, range)
        var position = range.lowerBound
        while position < range.upperBound {
            if Task.isCancelled { throw .cancelled }
            let next: [UInt8]?
            do throws(UploadError) {
                next = try await stream.next(limit: Self.bufferBytes)
            } catch {
                return .failed(Fault(error))
            }
            guard let bytes = next else { return .failed(.damage("its file ends at byte \(position)")) }
            bytes.withUnsafeBytes { hasher.update($0) }
            let offset = position
            try await migrating(MigrationError.objects) { () async throws(UploadError) in
                try await sink.write(bytes, at: offset, nil)
            }
            position += UInt64(bytes.count)
            update { $0.bytes += UInt64(bytes.count) }
        }
        return .stored(
            try await migrating(MigrationError.objects) { () async throws(UploadError) in try await sink.sync() })
    }

    /// Compares the bytes that came with the rows.
    private func compare(
        _ object: MovedObject, length: UInt64, _ digest: Digest
    ) async throws(MigrationError) -> Outcome {
        let bytes = try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
            try await target.catalogueBytes(object.upload, 0..<length)
        }
        guard UInt64(bytes.count) == length, Digest(of: bytes) == digest else {
            return try await fail(
                object, .damage("its bytes in the catalogue have another digest than it was committed with"))
        }
        update { $0.bytes += length }
        try await record(CopiedBytes(of: object, [], ObjectProgress(through: length, hash: nil, isComplete: true)))
        return .copied(bytes: length)
    }

    // MARK: - Pending uploads

    private func copyDurable(
        _ object: MovedObject, from progress: ObjectProgress
    ) async throws(MigrationError) -> Outcome {
        let record: UploadRecord?
        let damaged: [Range<UInt64>]
        do throws(UploadError) {
            record = try await source.upload(object.upload)
            damaged = if let record { try await store.uploads.maintenance.damagedRanges(of: record) } else { [] }
        } catch {
            return try await fail(object, Fault(error))
        }
        guard let session = record?.session else { throw .storeChanged }
        guard damaged.isEmpty else {
            return try await fail(object, .damage("durable bytes of a pending upload are missing or damaged"))
        }
        let end = session.durableEnd
        if session.spec.chunkSize == nil {
            return try await copyAppended(object, session, from: progress)
        }
        return try await copyChunks(object, session, through: end, from: progress)
    }

    private func copyAppended(
        _ object: MovedObject, _ session: Session, from progress: ObjectProgress
    ) async throws(MigrationError) -> Outcome {
        var progress = progress
        let before = progress.through
        update { $0.bytes += before }
        var hasher = SHA256Hasher()
        while !progress.isComplete {
            let step = progress.through..<min(session.offset, progress.through + options.stepBytes)
            var receipts: [StorageReceipt] = []
            if object.storage == .file {
                switch try await send(object.key, step, chunkSize: nil, length: session.spec.expectedBytes, &hasher) {
                case .stored(let stored): receipts = stored
                case .failed(let fault): return try await fail(object, fault)
                }
            } else {
                update { $0.bytes += UInt64(step.count) }
            }
            progress.through = step.upperBound
            progress.isComplete = step.upperBound == session.offset
            try await record(CopiedBytes(of: object, receipts, progress))
        }
        return .copied(bytes: session.offset)
    }

    /// Each chunk has segments and a digest of its own, as if it had been received.
    private func copyChunks(
        _ object: MovedObject, _ session: Session, through end: UInt64, from progress: ObjectProgress
    ) async throws(MigrationError) -> Outcome {
        var progress = progress
        var (receipts, chunks): ([StorageReceipt], [(index: UInt64, digest: Digest)]) = ([], [])
        var (bytes, unrecorded): (UInt64, UInt64) = (0, 0)
        let indices = session.pieces.ranges().flatMap { Array($0) }
        for (number, index) in indices.enumerated() {
            let range = session.range(ofChunk: index)
            bytes += UInt64(range.count)
            if range.lowerBound < progress.through {
                update { $0.bytes += UInt64(range.count) }
                continue
            }
            var hasher = SHA256Hasher()
            switch object.storage {
            case .file:
                let sent = try await send(
                    object.key, range, chunkSize: session.spec.chunkSize, length: session.spec.expectedBytes, &hasher)
                switch sent {
                case .stored(let stored): receipts += stored
                case .failed(let fault): return try await fail(object, fault)
                }
            case .catalogue:
                let content = try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
                    try await target.catalogueBytes(object.upload, range)
                }
                content.withUnsafeBytes { hasher.update($0) }
                update { $0.bytes += UInt64(range.count) }
            }
            chunks.append((index, hasher.finalize()))
            let isLast = number == indices.count - 1
            unrecorded += UInt64(range.count)
            guard !isLast, chunks.count == Self.chunksMax || unrecorded >= options.stepBytes else { continue }
            progress.through = range.upperBound
            try await record(CopiedBytes(of: object, receipts, chunks: chunks, progress))
            (receipts, chunks, unrecorded) = ([], [], 0)
        }
        progress.through = max(progress.through, end)
        progress.isComplete = true
        try await record(CopiedBytes(of: object, receipts, chunks: chunks, progress))
        return .copied(bytes: bytes)
    }
}

extension Session {
    func range(ofChunk index: UInt64) -> Range<UInt64> {
        let size = spec.chunkSize ?? 0
        let end = (index + 1) * size
        return index * size..<min(end, spec.expectedBytes ?? end)
    }
}
