import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

extension Client {
    func begin() async throws {
        let (seed, length, chunk, flags, caller) = world.draw { random in
            (
                random.next(), UInt64(random.below(3) == 0 ? random.below(1_500) : random.below(9_000)),
                UInt64(random.within(400...2_500)), random.below(32), random.below(2)
            )
        }
        let content = Content(seed: seed, length: length)
        guard let capsule = world.with({ $0.capsule }) else { return }
        let isAppend = flags & 1 == 1
        let isPhoto = flags & 20 == 16
        let companion = isPhoto ? choose { $0.isCommitted && !$0.isPartial } : nil
        let companions = companion.map { [Companion(kind: .video, blob: BlobId($0.id))] } ?? []
        let request = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "photo \(seed)"),
            layout: isAppend ? .append : .chunks(size: chunk), length: flags & 6 == 6 ? nil : length,
            expectedDigest: flags & 8 == 8 ? content.digest : nil, provisionalMemoryId: "memory",
            idempotencyKey: flags & 2 == 2 ? IdempotencyKey(bytes: Array("key \(seed)".utf8)) : nil,
            isPartial: flags & 12 == 4, derivation: isPhoto ? .recipe(.photo, companions: companions) : .none)
        let writer = world.uploader(caller, seed: seed, mayBeGuest: !request.isPartial && request.length != nil)
        var repeats = request.idempotencyKey == nil ? 1 : 2
        var first: SessionId?
        while repeats > 0 {
            repeats -= 1
            let start = world.now()
            do throws(UploadError) {
                let record = try await service.beginUpload(request, by: writer).record
                world.note("\(name) begin \(record.id.text.suffix(6)): \(request.layout) \(length)")
                world.count("begin", first == nil ? "ok" : "replayed")
                if let first, first != record.id, world[first]?.mayHaveEnded == false {
                    throw UploadError(.alreadyExists)
                }
                first = record.id
                world.insert(
                    Expectation(
                        id: record.id, caller: writer, contents: [content], chunkSize: isAppend ? nil : chunk,
                        isPartial: request.isPartial, parts: [], isPhoto: isPhoto, companion: companion?.id,
                        lastUse: start))
            } catch {
                world.count("begin", error.code.rawValue)
                if error.code == .tooMany || error.code == .quotaExceeded { return }
                if error.code == .notFound, let companion, mayLack(companion, writer) { return }
                // A node was frozen for so long that the upload has ended and was removed meanwhile.
                let span = world.now().uptimeMilliseconds - start.uptimeMilliseconds
                if error.code == .notFound, span > world.limits.endedRetentionMilliseconds { return }
                guard error.code == .unavailable || error.code == .storeFull else {
                    throw Violation("begin: \(error.debugDescription)")
                }
                world.with { $0.unknownBegins += 1 }
                if error.code == .unavailable { throw error }
            }
        }
        if let first, request.idempotencyKey != nil, flags & 1 == 0 {
            try await beginAnother(like: request, first, by: writer)
        }
    }

    /// Whether a blob may be no companion of a caller's photo: it ended, or is that of another and the caller a guest.
    private func mayLack(_ companion: Expectation, _ caller: Principal) -> Bool {
        world[companion.id]?.mayHaveEnded != false || caller.link != nil && companion.caller != caller
    }

    /// Begins a different upload under a used idempotency key.
    private func beginAnother(like request: BeginRequest, _ id: SessionId, by writer: Principal) async throws {
        var other = request
        other.asset.name += " (2)"
        do throws(UploadError) {
            _ = try await service.beginUpload(other, by: writer)
        } catch {
            world.count("begin another", error.code.rawValue)
            if [.idempotencyConflict, .tooMany, .quotaExceeded].contains(error.code) { return }
            guard error.code == .unavailable || error.code == .storeFull else {
                throw Violation("begin another: \(error.debugDescription)")
            }
            world.with { $0.unknownBegins += 1 }
            throw UploadError(.unavailable(detail: error.debugDescription))
        }
        // An ended upload has released its key.
        world.with { $0.unknownBegins += 1 }
        guard world[id]?.mayHaveEnded == true else {
            throw Violation("another request under the key of \(id.text) was taken for the same")
        }
    }

    func putChunk() async throws {
        guard let before = choose({ $0.chunkSize != nil && $0.chunkCount > 0 && $0.parts.isEmpty }) else { return }
        let (index, manner) = world.draw { ($0.below(Int(before.chunkCount)), $0.below(10)) }
        let chunk = UInt64(index)
        let range = before.range(ofChunk: chunk)
        if manner == 0, before.ackedChunks.contains(chunk) { return try await putOtherBytes(chunk, before) }
        world.update(before.id) { $0.triedChunks.insert(chunk) }
        let start = world.now()
        let bytes = before.bytes(range)
        let answer: Void?? = try await perform("put chunk", before) { () throws(UploadError) in
            if manner < 5 {
                try await service.putChunk(before.id, index: chunk, bytes, digest: Digest(of: bytes), by: before.caller)
                return ()
            }
            let writer = try await service.openChunk(before.id, index: chunk, by: before.caller)
            do throws(UploadError) {
                for piece in pieces(of: bytes) { try await writer.write(piece) }
            } catch {
                await writer.cancel()
                throw error
            }
            guard manner != 5 else {
                await writer.cancel()
                return nil
            }
            try await writer.complete()
            return ()
        }
        guard case .some(.some) = answer else { return }
        try requireOpen(before, "a chunk was accepted")
        // A repeat is idempotent, and the catalogue may record its time of use late.
        let slack = world[before.id]?.ackedChunks.contains(chunk) == true ? world.limits.timeToLiveMilliseconds / 8 : 0
        world.noteUse(before.id, since: start.advanced(byMilliseconds: -slack)) { $0.ackedChunks.insert(chunk) }
    }

    private func putOtherBytes(_ index: UInt64, _ before: Expectation) async throws {
        let bytes = before.bytes(before.range(ofChunk: index)).map { $0 ^ 0x55 }
        let accepted: Void? = try await perform("put other bytes", before, allowed: [.chunkConflict]) {
            () throws(UploadError) in
            try await service.putChunk(before.id, index: index, bytes, by: before.caller)
        }
        if accepted != nil { throw Violation("other bytes were accepted for chunk \(index) of \(before.id.text)") }
    }

    func append() async throws {
        guard let before = choose({ $0.chunkSize == nil && $0.parts.isEmpty }) else { return }
        let (count, manner, way) = world.draw { random in
            (UInt64(random.within(1...3_000)), random.below(8), random.below(4))
        }
        let offset: UInt64
        var fence: Int?
        if way == 0 {
            guard let asked = try await askFencedOffset(of: before) else { return }
            (offset, fence) = asked
        } else {
            let asked = try await perform("ask offset", before) { () throws(UploadError) in
                way == 1
                    ? try await service.resumableStatus(of: before.id, by: before.caller)
                    : try await service.status(of: before.id, by: before.caller)
            }
            guard let asked, asked.session.meta.status.isPending else { return }
            offset = asked.session.offset
            try hold(asked, before)
        }
        let range = offset..<min(offset + count, before.length)
        world.update(before.id) { $0.triedOffset = max($0.triedOffset, range.upperBound) }
        let bytes = before.bytes(range)
        let start = world.now()
        let opening = world.beginAppend(before.id)
        defer { opening.end() }
        var code: UploadError.Code?
        let reached = try await perform("append", before, allowed: [.offsetMismatch]) {
            () throws(UploadError) -> UInt64? in
            do throws(UploadError) {
                if manner < 3 {
                    let digest = manner == 0 ? Digest(of: bytes) : nil
                    return try await service.append(before.id, at: offset, bytes, digest: digest, by: before.caller)
                }
                return try await appendPieces(bytes, before, at: offset, manner, opening, since: start)
            } catch {
                code = error.code
                throw error
            }
        }
        if let fence { try requireFenced(before, fence, code) }
        guard case .some(.some(let told)) = reached else { return }
        guard told == range.upperBound else { throw Violation("append told \(told), not \(range.upperBound)") }
        try requireOpen(before, "an append was accepted")
        // An empty append changes nothing, and the catalogue may record its time of use late.
        let slack = range.isEmpty ? world.limits.timeToLiveMilliseconds / 8 : 0
        self.told(before.id, told, since: start.advanced(byMilliseconds: -slack))
    }

    /// - Parameter manner: 3 asks for the offset after each piece, 4 cancels at the end.
    /// - Returns: The offset reached; nil if it was cancelled.
    private func appendPieces(
        _ bytes: [UInt8], _ before: Expectation, at offset: UInt64, _ manner: Int, _ opening: AppendOpening,
        since start: Moment
    ) async throws(UploadError) -> UInt64? {
        let writer = try await service.openAppend(before.id, at: offset, by: before.caller)
        opening.end()
        do throws(UploadError) {
            for piece in pieces(of: bytes) {
                try await writer.write(piece)
                if manner == 3 { told(before.id, try await writer.checkpoint(), since: start) }
            }
        } catch {
            await writer.cancel()
            throw error
        }
        guard manner != 4 else {
            await writer.cancel()
            return nil
        }
        return try await writer.complete()
    }

    /// Declares the length of an upload, before or while bytes arrive, as tus does.
    func declareLength() async throws {
        guard let before = choose({ $0.parts.isEmpty && !$0.isCommitted && !$0.isOpenEnded }) else { return }
        let (whileAppending, isWrong) = world.draw { ($0.chance(0.5), $0.chance(0.1)) }
        if isWrong, before.toldOffset > 0 { return try await declareWrongLength(before) }
        let start = world.now()
        let record = try await perform("declare length", before, allowed: [.offsetMismatch]) {
            () throws(UploadError) -> UploadRecord in
            guard whileAppending, before.chunkSize == nil else {
                return try await service.declareLength(of: before.id, before.length, by: before.caller)
            }
            let offset = try await service.quiescedStatus(of: before.id, by: before.caller).session.offset
            let opening = world.beginAppend(before.id)
            defer { opening.end() }
            let writer = try await service.openAppend(before.id, at: offset, by: before.caller)
            opening.end()
            let bytes = before.bytes(offset..<min(offset + 500, before.length))
            world.update(before.id) { $0.triedOffset = max($0.triedOffset, offset + UInt64(bytes.count)) }
            let record: UploadRecord
            do throws(UploadError) {
                for piece in pieces(of: bytes) { try await writer.write(piece) }
                record = try await service.declareLength(of: before.id, before.length, by: before.caller)
            } catch {
                await writer.cancel()
                throw error
            }
            try await writer.complete()
            return record
        }
        guard let record else { return }
        guard record.session.spec.expectedBytes == before.length else {
            throw Violation("another length was declared for \(before.id.text)")
        }
        world.noteUse(before.id, since: start) { _ in }
    }

    private func declareWrongLength(_ before: Expectation) async throws {
        let accepted = try await perform("declare a wrong length", before, allowed: [.sizeMismatch]) {
            () throws(UploadError) in
            try await service.declareLength(of: before.id, before.toldOffset - 1, by: before.caller)
        }
        if accepted != nil { throw Violation("a length was declared that durable bytes exceed: \(before.id.text)") }
    }

    private func told(_ id: SessionId, _ offset: UInt64, since start: Moment) {
        world.noteUse(id, since: start) { $0.toldOffset = max($0.toldOffset, offset) }
        guard let now = world[id], now.isOpenEnded, now.isCommitted, offset > now.length else { return }
        world.report(Violation("\(id.text) is committed with \(now.length) bytes, \(offset) were told"))
    }

    /// Checks a status against the expectation from before the request, and adds its facts to the current expectation.
    func hold(_ record: UploadRecord, _ before: Expectation) throws {
        try before.hold(record, now: world[before.id] ?? before)
        world.update(before.id) { upload in
            upload.toldOffset = max(upload.toldOffset, record.session.meta.status.isPending ? record.session.offset : 0)
            if record.blob != nil, !upload.isPartial {
                upload.isCommitted = true
                upload.adoptLength(record)
            }
        }
    }

    private func requireOpen(_ before: Expectation, _ what: String) throws {
        if before.hasEnded || before.isCommitted { throw Violation("\(what) after the end of \(before.id.text)") }
    }

    private func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(rest.count, world.draw { $0.within(1...1_200) })
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}
