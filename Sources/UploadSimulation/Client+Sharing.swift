import SessionCore
import Synchronization
import UploadCore
import UploadTestKit

// What matters between services that share their stores.

extension Client {
    /// Sends other bytes for a chunk, and the right ones through another request before the others are complete.
    func raceForChunk() async throws {
        guard let before = choose({ $0.chunkSize != nil && $0.chunkCount > 0 && $0.parts.isEmpty && !$0.isCommitted })
        else { return }
        let index = world.draw { UInt64($0.below(Int(before.chunkCount))) }
        guard !before.triedChunks.contains(index) else { return }
        world.update(before.id) { $0.triedChunks.insert(index) }
        let bytes = before.bytes(before.range(ofChunk: index))
        let start = world.now()
        let isRefused: Bool? = try await perform("race for a chunk", before) { () throws(UploadError) -> Bool in
            let other = try await service.openChunk(before.id, index: index, by: before.caller)
            do throws(UploadError) {
                try await other.write(bytes.dropLast().map { $0 ^ 0x55 })
                try await service.putChunk(before.id, index: index, bytes, digest: Digest(of: bytes), by: before.caller)
                world.noteUse(before.id, since: start) { $0.ackedChunks.insert(index) }
                try await other.write(bytes.suffix(1).map { $0 ^ 0x55 })
            } catch {
                await other.discard()
                throw error
            }
            do throws(UploadError) {
                try await other.complete()
                return false
            } catch {
                guard error.code == .chunkConflict else { throw error }
                return true
            }
        }
        if isRefused == false { throw Violation("other bytes were accepted for chunk \(index) of \(before.id.text)") }
    }

    /// Begins an upload of unknown length that is finished with the bytes that it has then.
    func beginOpenEnded() async throws {
        guard let capsule = world.with({ $0.capsule }) else { return }
        let (seed, caller) = world.draw { ($0.next(), $0.below(2)) }
        let request = BeginRequest(capsule: capsule, asset: AssetMetadata(name: "log \(seed)"), layout: .append)
        let start = world.now()
        do throws(UploadError) {
            let record = try await service.beginUpload(request, by: world.writers[caller]).record
            var upload = Expectation(
                id: record.id, caller: world.writers[caller], contents: [Content(seed: seed, length: 5_000)],
                chunkSize: nil, isPartial: false, parts: [], lastUse: start)
            upload.isOpenEnded = true
            world.insert(upload)
            world.note("\(name) begin \(record.id.text.suffix(6)): open-ended")
            world.count("begin open-ended", "ok")
        } catch {
            world.count("begin open-ended", error.code.rawValue)
            if error.code == .tooMany || error.code == .quotaExceeded { return }
            guard error.code == .unavailable else { throw Violation("begin: \(error.debugDescription)") }
            world.with { $0.unknownBegins += 1 }
            throw error
        }
    }

    func finishOpenEnded() async throws {
        guard let before = choose({ $0.isOpenEnded && !$0.isCommitted }) else { return }
        world.mayCommit(before.id)
        let start = world.now()
        let record = try await perform("finish open-ended", before) { () throws(UploadError) in
            try await service.commit(before.id, by: before.caller)
        }
        guard let record else { return }
        if before.hasEnded { throw Violation("committed after its end: \(before.id.text)") }
        try hold(record, before)
        let slack = before.mayBeCommitted ? world.limits.timeToLiveMilliseconds / 8 : 0
        world.noteUse(before.id, since: start.advanced(byMilliseconds: -slack)) { $0.isCommitted = true }
        guard let now = world[before.id] else { return }
        if now.toldOffset > now.length {
            throw Violation("\(before.id.text) is committed with \(now.length) bytes, \(now.toldOffset) were told")
        }
        guard record.digest == .whole(now.digest) else { throw Violation("committed with another digest") }
        try await readBack(now)
    }

    func askFencedOffset() async throws {
        guard let before = choose({ $0.chunkSize == nil && $0.parts.isEmpty }) else { return }
        _ = try await askFencedOffset(of: before)
    }

    /// Asks for the offset and fences off earlier appends.
    ///
    /// - Returns: The offset, and the number of appends begun if all of them are fenced off; nil if it is not pending.
    func askFencedOffset(of before: Expectation) async throws -> (UInt64, Int?)? {
        let now = world[before.id] ?? before
        let begun = now.appendsOpening == 0 ? now.appendsBegun : nil
        let asked = try await perform("ask fenced offset", before) { () throws(UploadError) in
            try await service.quiescedStatus(of: before.id, by: before.caller)
        }
        guard let asked, asked.session.meta.status.isPending else { return nil }
        let offset = asked.session.offset
        try hold(asked, before)
        guard let begun, world[before.id]?.appendsBegun == begun else { return (offset, nil) }
        world.update(before.id) { $0.fence = (offset, begun) }
        return (offset, begun)
    }

    /// An append where the offset was told fails only for another append, or the end of the upload.
    ///
    /// - Parameter code: Of its error, if it has failed.
    func requireFenced(_ before: Expectation, _ fence: Int, _ code: UploadError.Code?) throws {
        guard code == .offsetMismatch, world[before.id]?.appendsBegun == fence + 1 else { return }
        throw Violation("a writer that was fenced off moved the offset of \(before.id.text)")
    }
}

/// An append that may still claim its upload.
final class AppendOpening: Sendable {
    private let isOpen = Mutex(true)
    private let onEnd: @Sendable () -> Void

    init(onEnd: @escaping @Sendable () -> Void) {
        self.onEnd = onEnd
    }

    /// Its writer is open, or it has failed. Idempotent.
    func end() {
        let ends = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if ends { onEnd() }
    }
}

extension World {
    func beginAppend(_ id: SessionId) -> AppendOpening {
        update(id) { upload in
            upload.appendsBegun += 1
            upload.appendsOpening += 1
        }
        return AppendOpening { [self] in update(id) { $0.appendsOpening -= 1 } }
    }
}
