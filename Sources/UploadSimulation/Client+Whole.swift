import SessionCore
import UploadCore
import UploadTestKit

extension Client {
    /// A whole small upload in one call, twice under its key.
    func putWhole() async throws {
        guard let capsule = world.with({ $0.capsule }) else { return }
        let (seed, length, caller) = world.draw { random in
            (random.next(), UInt64(random.below(Int(world.limits.catalogueBytesMax) + 1)), random.below(2))
        }
        let content = Content(seed: seed, length: length)
        let writer = world.uploader(caller, seed: seed)
        var request = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "small \(seed)"), layout: .append, length: length,
            idempotencyKey: IdempotencyKey(bytes: Array("small \(seed)".utf8)))
        request.isWhole = true
        var first: SessionId?
        for _ in 0..<2 {
            let start = world.now()
            do throws(UploadError) {
                let record = try await service.putWhole(request, content.all, by: writer).record
                world.count("put whole", first == nil ? "ok" : "replayed")
                // A replay may be deleted before it is answered.
                let isDeleted = first != nil && world[record.id]?.mayHaveEnded == true
                guard record.digest == .whole(content.digest) || isDeleted else {
                    throw UploadError(.invalidArgument("digest", "is another one"))
                }
                guard first == nil || first == record.id || world[first ?? record.id]?.mayHaveEnded == true else {
                    throw UploadError(.alreadyExists)
                }
                first = record.id
                world.insert(
                    Expectation(
                        id: record.id, caller: writer, contents: [content], chunkSize: nil, isPartial: false, parts: [],
                        isCommitted: true, mayBeCommitted: true, lastUse: start))
            } catch {
                world.count("put whole", error.code.rawValue)
                let isRecorded = first.map { world[$0]?.mayHaveEnded == false } ?? false
                if error.code == .quotaExceeded, !isRecorded { return }
                guard error.code == .unavailable || error.code == .storeFull else {
                    throw Violation("put whole: \(error.debugDescription)")
                }
                world.with { $0.unknownBegins += 1 }
                throw UploadError(.unavailable(detail: error.debugDescription))
            }
        }
    }

    func renameCapsule() async throws {
        guard let capsule = world.with({ $0.capsule }) else { return }
        let title = "wedding \(world.draw { $0.next() })"
        world.with { state in
            state.titles.append(title)
            state.renamesOverlap = state.renamesUnderWay > 0
            state.renamesUnderWay += 1
        }
        defer { world.with { $0.renamesUnderWay -= 1 } }
        do throws(UploadError) {
            _ = try await service.updateCapsule(capsule, CapsuleChange(title: title), by: world.owner)
            world.with { if !$0.renamesOverlap { $0.titles = [title] } }
            world.count("rename capsule", "ok")
        } catch {
            world.count("rename capsule", error.code.rawValue)
            guard error.code == .unavailable || error.code == .storeFull else {
                throw Violation("rename: \(error.debugDescription)")
            }
            throw UploadError(.unavailable(detail: error.debugDescription))
        }
    }
}
