import HTTPTypes
import Testing
import TusWire
import UploadTestKit

/// A tus client that performs random operations, determined by its seed, until it is stopped.
struct TusLoadClient: Sendable {
    let calls: TusCalls

    func run(_ random: SeededRandom) async throws {
        var random = random
        while !calls.ledger.isLoadEnding {
            switch random.below(10) {
            case 0...1: try await withCreation(&random)
            case 2...5: try await pieces(&random)
            case 6...7: try await parts(&random)
            case 8: try await broken(&random)
            default: try await readBack(&random)
            }
        }
    }

    private func content(upTo length: Int, _ random: inout SeededRandom) -> Content {
        Content(seed: random.next(), length: random.below(length + 1))
    }

    /// A key that makes the creation idempotent; clients without one may leave uploads behind.
    private func key(_ random: inout SeededRandom) -> String? {
        random.chance(0.8) ? "key-\(random.next())" : nil
    }

    // MARK: - Operations

    /// Sends all bytes, or some, with the creation.
    private func withCreation(_ random: inout SeededRandom) async throws {
        let content = content(upTo: random.chance(0.7) ? 70_000 : 1 << 20, &random)
        let count = random.chance(0.7) ? content.length : random.below(content.length + 1)
        let path = try await calls.create(
            [TusField.uploadLength: String(content.length)], content[0..<count], key: key(&random), content)
        try await bring(path, content, &random)
    }

    /// Sends several requests in order; the length is declared by the creation or by the last of them.
    private func pieces(_ random: inout SeededRandom) async throws {
        let content = content(upTo: 1 << 20, &random)
        let path = try await calls.create(length(content, &random), nil, key: key(&random), content)
        try await bring(path, content, &random)
        if random.chance(0.3) { try await calls.read(path, nil, of: content) }
    }

    /// Sends parts in parallel and concatenates them, before they are complete or afterwards.
    private func parts(_ random: inout SeededRandom) async throws {
        let content = content(upTo: 1 << 20, &random)
        let cuts = (0..<random.within(1...3)).map { _ in random.below(content.length + 1) }.sorted()
        let parts = zip([0] + cuts, cuts + [content.length]).map { content.part($0..<$1) }
        var paths: [String] = []
        for part in parts {
            let fields = length(part, &random).adding(TusField.uploadConcat, "partial")
            paths.append(try await calls.create(fields, nil, key: "part-\(random.next())", part, isPart: true))
        }
        let isEarly = random.chance(0.5)
        let final: HTTPFields = [TusField.uploadConcat: "final;" + paths.joined(separator: " ")]
        if isEarly { _ = try await calls.create(final, nil, key: nil, content) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (path, part) in zip(paths, parts) {
                var seeded = random.fork()
                group.addTask { try await bring(path, part, &seeded) }
            }
            try await group.waitForAll()
        }
        let path = try await calls.create(final, nil, key: nil, content)
        #expect(try await calls.status(of: path).offset == content.length)
        calls.promises.count { $0.finals += 1 }
    }

    /// Abandons an upload, or deletes it, partly sent or finished.
    private func broken(_ random: inout SeededRandom) async throws {
        let content = content(upTo: 300_000, &random)
        let path = try await calls.create(length(content, &random), nil, key: key(&random), content)
        try await bring(path, content, upTo: random.below(content.length + 1), &random)
        if random.chance(0.3) { return }
        if random.chance(0.3) { try await bring(path, content, &random) }
        try await calls.delete(path)
    }

    private func readBack(_ random: inout SeededRandom) async throws {
        let finished = calls.promises.uploads.filter { $0.value.state == .finished && !$0.value.isPart }
        let paths = finished.keys.sorted()
        guard let path = random.element(of: paths), let content = finished[path]?.content, content.length > 0 else {
            return
        }
        let start = random.below(content.length)
        try await calls.read(path, start..<start + random.within(1...content.length - start), of: content)
    }

    private func length(_ content: Content, _ random: inout SeededRandom) -> HTTPFields {
        random.chance(0.3)
            ? [TusField.uploadDeferLength: "1"] : [TusField.uploadLength: String(content.length)]
    }

    // MARK: - Sending bytes

    /// Sends the missing bytes with all kinds of requests, from the last acknowledged offset, or, after a failure, from
    /// the offset of a `HEAD`.
    ///
    /// - Parameter end: The offset to stop at; nil: sends everything and declares the length.
    private func bring(
        _ path: String, _ content: Content, upTo end: Int? = nil, _ random: inout SeededRandom
    ) async throws {
        var status = try await calls.status(of: path)
        var unknown: [UnknownPatch] = []
        while let offset = status.offset, offset < end ?? content.length || status.isDeferred && end == nil {
            let count = min((end ?? content.length) - offset, 1 + random.below(1 << random.within(10...19)))
            let isLast = offset + count == content.length
            let variant = variant(count, &random)
            let outcome = try await calls.patch(
                path, at: offset, content[offset..<offset + count],
                length: isLast && status.isDeferred ? content.length : nil, variant)
            if case .acknowledged(let offset) = outcome {
                status = TusCalls.Status(offset: offset, isDeferred: status.isDeferred)
                guard isLast || random.chance(0.2) else { continue }
            }
            if case .unknown = outcome {
                unknown.append(UnknownPatch(offset: offset, count: count, variant: variant))
            }
            let before = status.offset
            status = try await calls.status(of: path)
            if let now = status.offset, now != before, !unknown.contains(where: { $0.canHaveReached(now) }) {
                calls.ledger.violation("\(path) moved from \(before ?? -1) to \(now) without such a request")
            }
        }
    }

    private func variant(_ count: Int, _ random: inout SeededRandom) -> TusCalls.PatchVariant {
        let algorithm = random.element(of: ChecksumAlgorithm.allCases) ?? .sha1
        switch random.below(10) {
        case 0...5: return .plain
        case 6...7: return .checked(algorithm)
        case 8: return .mismatched(algorithm)
        default: return .cut(afterBytes: random.below(count + 1), random.chance(0.3) ? algorithm : nil)
        }
    }
}

extension HTTPFields {
    fileprivate func adding(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }
}
