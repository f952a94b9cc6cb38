import SessionCore
import UploadCore
import UploadTestKit

extension Client {
    func askStatus() async throws {
        guard let before = choose({ _ in true }) else { return }
        let record = try await perform("status", before) { () throws(UploadError) in
            try await service.status(of: before.id, by: before.caller)
        }
        if let record { try hold(record, before) }
    }

    func finish() async throws {
        guard
            let before = choose({ $0.isWholeAcked && !$0.isCommitted && !$0.isOpenEnded })
                ?? choose({ !$0.isOpenEnded })
        else { return }
        if world.draw({ $0.chance(0.15) }) { return try await finishWithOtherDigest(before) }
        world.mayCommit(before.id)
        let says = world.draw { $0.chance(0.7) }
        let start = world.now()
        // Without the declared length, an early finish would commit the bytes received so far.
        let record = try await perform("finish", before, allowed: [.incomplete]) { () throws(UploadError) in
            try await service.commit(
                before.id, digest: says ? before.digest : nil, length: before.length, by: before.caller)
        }
        guard let record else {
            if before.parts.contains(where: { world[$0]?.mayHaveEnded == true }) { return }
            let now = world[before.id] ?? before
            let isDone = before.isWholeAcked && before.parts.isEmpty && !now.mayHaveEnded
            if isDone, world.with({ $0.trace.last?.hasSuffix("incomplete") == true }) {
                throw Violation("every byte of \(before.id.text) was acknowledged, and it is incomplete")
            }
            return
        }
        if before.hasEnded { throw Violation("committed after its end: \(before.id.text)") }
        guard record.session.spec.expectedBytes == before.length else {
            throw Violation("committed with another length")
        }
        // A repeat is idempotent, and the catalogue may record its time of use late.
        let slack = before.mayBeCommitted ? world.limits.timeToLiveMilliseconds / 8 : 0
        world.noteUse(before.id, since: start.advanced(byMilliseconds: -slack)) { $0.isCommitted = !$0.isPartial }
        if !before.isPartial { try await readBack(before) }
    }

    private func finishWithOtherDigest(_ before: Expectation) async throws {
        let other = Content(seed: before.contents[0].seed &+ 77, length: 40).digest
        let accepted = try await perform(
            "finish with another digest", before, allowed: [.incomplete, .checksumMismatch]
        ) {
            () throws(UploadError) in
            try await service.commit(before.id, digest: other, length: before.length, by: before.caller)
        }
        if accepted != nil { throw Violation("committed with a digest that is wrong: \(before.id.text)") }
    }

    func abort() async throws {
        guard let before = choose({ !$0.isCommitted }) else { return }
        world.noteEndAttempt(before.id)
        let done: Void? = try await perform("abort", before, allowed: [.inUse]) { () throws(UploadError) in
            try await service.abort(before.id, by: before.caller)
        }
        if done != nil { world.update(before.id) { $0.hasEnded = true } }
    }

    func concatenate() async throws {
        guard let capsule = world.with({ $0.capsule }) else { return }
        let caller = world.draw { random in world.writers[random.below(2)] }
        let candidates = world.with { state in
            state.order.compactMap { state.uploads[$0] }.filter {
                $0.isPartial && $0.caller == caller && !$0.mayHaveEnded
            }
        }
        guard !candidates.isEmpty else { return }
        let parts = (0..<world.draw { $0.within(1...3) }).compactMap { _ in world.draw { $0.element(of: candidates) } }
        let request = BeginRequest(capsule: capsule, asset: AssetMetadata(name: "joined"), layout: .append)
        let start = world.now()
        do throws(UploadError) {
            let record = try await service.concatenate(request, parts: parts.map(\.id), by: caller)
            world.count("concatenate", record.blob == nil ? "pending" : "ok")
            world.insert(
                Expectation(
                    id: record.id, caller: caller, contents: parts.flatMap(\.contents), chunkSize: nil,
                    isPartial: false, parts: parts.map(\.id), isCommitted: record.blob != nil, mayBeCommitted: true,
                    lastUse: start))
        } catch {
            world.count("concatenate", error.code.rawValue)
            switch error.code {
            case .tooMany, .superseded, .gone: world.with { $0.unknownBegins += 1 }
            case .notFound where parts.contains { world[$0.id]?.mayHaveEnded == true }:
                world.with { $0.unknownBegins += 1 }
            case .unavailable, .storeFull:
                world.with { $0.unknownBegins += 1 }
                throw UploadError(.unavailable(detail: error.debugDescription))
            default: throw Violation("concatenate: \(error.debugDescription)")
            }
        }
    }

    func read() async throws {
        guard let before = choose({ $0.isCommitted }) else { return }
        try await readBack(before)
    }

    func readBack(_ before: Expectation) async throws {
        let (first, second) = world.draw { ($0.below(Int(before.length) + 1), $0.below(Int(before.length) + 1)) }
        let range = UInt64(min(first, second))..<UInt64(max(first, second))
        let bytes = try await perform("read", before) { () throws(UploadError) in
            // Small pieces, so that other clients can delete the blob in between.
            var reader = try await service.read(BlobId(before.id), range, by: world.owner)
            var bytes: [UInt8] = []
            while let piece = try await reader.next(limit: world.draw { $0.within(200...4_000) }) { bytes += piece }
            return bytes
        }
        guard let bytes else { return }
        guard bytes == before.bytes(range) else {
            throw Violation("other bytes come out of \(before.id.text) at \(range)")
        }
    }

    func deleteBlob() async throws {
        guard let before = choose({ $0.isCommitted }) else { return }
        world.noteEndAttempt(before.id)
        let done: Void? = try await perform("delete blob", before, allowed: [.inUse]) { () throws(UploadError) in
            try await service.deleteBlob(BlobId(before.id), by: before.caller.link == nil ? before.caller : world.owner)
        }
        if done != nil {
            world.update(before.id) { upload in
                upload.hasEnded = true
                upload.isCommitted = false
            }
        }
    }

    func sweep() async throws {
        let pace = world.pace
        world.advance(
            milliseconds: Int64(world.draw { $0.below(4) == 0 ? $0.below(pace.leapMax) : $0.below(pace.stepMax) }))
        if pace.setsClock, world.draw({ $0.chance(0.3) }) {
            // Clock moves below a hundredth of the time to live do not count as steps.
            let step = Int64(world.draw { $0.within(1_000...200_000) })
            world.step(milliseconds: world.draw { $0.chance(0.5) } ? step : -step)
        }
        world.note("\(name) sweeps at \(world.clock.uptimeMilliseconds()), \(world.clock.now().milliseconds)")
        world.with { $0.sweepsUnderWay += 1 }
        defer { world.with { $0.sweepsUnderWay -= 1 } }
        do throws(UploadError) {
            let caller = world.draw { random in random.below(3) == 0 ? world.writers[random.below(2)] : nil }
            let expired =
                if let caller {
                    try await service.sessions.cleanupExpiredSessions(for: caller)
                } else {
                    try await service.sessions.cleanupExpiredSessions()
                }
            world.note("\(name) sweep: \(expired.map { $0.text.suffix(6) })")
            world.count("sweep", expired.isEmpty ? "nothing" : "expired")
            world.noteExpired(expired)
        } catch {
            world.count("sweep", error.code.rawValue)
            guard error.code == .unavailable || error.code == .storeFull else {
                throw Violation("sweep: \(error.debugDescription)")
            }
            throw UploadError(.unavailable(detail: error.debugDescription))
        }
    }

    /// Tries an operation on an upload as a principal without access.
    func trespass() async throws {
        guard let before = choose({ _ in true }) else { return }
        let manner = world.draw { $0.below(5) }
        do throws(UploadError) {
            switch manner {
            case 0: _ = try await service.status(of: before.id, by: world.stranger)
            case 1: try await service.putChunk(before.id, index: 0, [1, 2, 3], by: world.stranger)
            case 2: _ = try await service.commit(before.id, by: world.stranger)
            case 3: try await service.abort(before.id, by: world.stranger)
            default: _ = try await service.blob(BlobId(before.id), by: world.stranger)
            }
        } catch {
            world.count("trespass", error.code.rawValue)
            if error.code == .notFound { return }
            if error.code == .unavailable || error.code == .storeFull {
                throw UploadError(.unavailable(detail: "full"))
            }
            throw Violation("a stranger was told \(error.code.rawValue) about \(before.id.text)")
        }
        throw Violation("a stranger could do \(manner) with \(before.id.text)")
    }
}
