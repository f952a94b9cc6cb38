import SessionCore
import UploadCore

extension CatalogueFixture {
    /// Prepares the download of one blob, and returns its key.
    func prepare(
        _ caller: Principal, archive: String? = nil, lifetime: Int64 = 600_000, callerMax: UInt64 = 100,
        totalMax: UInt64 = 100, at milliseconds: Int64 = 0
    ) async throws -> Digest {
        let key = Digest(of: nextId().bytes)
        try await catalogue.createDownload(
            DownloadGrant(blobs: [BlobId(nextId())], archive: archive, principal: caller), key: key,
            lifetimeMilliseconds: lifetime, callerMax: callerMax, totalMax: totalMax, at: time(milliseconds))
        return key
    }

    /// Which of these downloads are found.
    func areFound(_ keys: [Digest], at milliseconds: Int64 = 0) async throws -> [Bool] {
        var found: [Bool] = []
        for key in keys { found.append(try await catalogue.download(key, at: time(milliseconds)) != nil) }
        return found
    }
}

extension CatalogueContract {
    static let downloads: [Check] = [
        Check("a prepared download is found as it was created, until it ends") { fixture in
            let catalogue = fixture.catalogue
            let grants = [
                DownloadGrant(blobs: [BlobId(fixture.nextId())], archive: nil, principal: fixture.ada),
                DownloadGrant(
                    blobs: (0..<10_000).map { _ in BlobId(fixture.nextId()) }, archive: "Été.zip",
                    principal: fixture.ben),
            ]
            let keys = [Digest(of: [1]), Digest(of: [2])]
            for (key, grant) in zip(keys, grants) {
                try await catalogue.createDownload(
                    grant, key: key, lifetimeMilliseconds: 600_000, callerMax: 9, totalMax: 9, at: fixture.time(0))
            }
            for (key, grant) in zip(keys, grants) {
                try requireEqual(try await catalogue.download(key, at: fixture.time(0)), grant, "the grant")
            }
            let other = try await catalogue.download(Digest(of: [3]), at: fixture.time(0))
            try requireEqual(other, nil, "an unknown download")
            try requireEqual(try await catalogue.endDownload(keys[0], at: fixture.time(0)), true, "the end")
            try requireEqual(try await catalogue.endDownload(keys[0], at: fixture.time(0)), false, "a second end")
            try requireEqual(try await fixture.areFound(keys), [false, true], "the downloads")
        },
        Check("of concurrent calls that end a download one succeeds") { fixture in
            let key = try await fixture.prepare(fixture.ada)
            let ends = try await together(Array(0..<8)) { _ in
                try await fixture.catalogue.endDownload(key, at: fixture.time(0))
            }
            try requireEqual(ends.filter { $0 }.count, 1, "the calls that ended it")
        },
        Check("a prepared download ends with its lifetime, and counts no longer") { fixture in
            let expired = try await fixture.prepare(fixture.ada, lifetime: 0)
            try requireEqual(try await fixture.areFound([expired]), [false], "one that has expired")
            let end = try await fixture.catalogue.endDownload(expired, at: fixture.time(0))
            try requireEqual(end, false, "the end of one that has expired")
            let key = try await fixture.prepare(fixture.ben, lifetime: 600_000, totalMax: 1)
            // A shared catalogue has a clock of its own.
            guard !fixture.catalogue.isShared else { return }
            try requireEqual(try await fixture.areFound([key], at: 599_999), [true], "just before the end")
            try requireEqual(try await fixture.areFound([key], at: 600_000), [false], "at the end")
        },
        Check("a caller's oldest prepared downloads give way, and nobody else's") { fixture in
            let other = try await fixture.prepare(fixture.ben, callerMax: 2)
            var keys: [Digest] = []
            for _ in 0..<3 { keys.append(try await fixture.prepare(fixture.ada, callerMax: 2, totalMax: 3)) }
            try requireEqual(try await fixture.areFound(keys + [other]), [false, true, true, true], "the downloads")
            keys.append(try await fixture.prepare(fixture.ada, callerMax: 1, totalMax: 2))
            try requireEqual(try await fixture.areFound(keys), [false, false, false, true], "after a lower limit")
        },
        Check("all callers together have a limit, and a refused call changes nothing") { fixture in
            let keys = [try await fixture.prepare(fixture.ada), try await fixture.prepare(fixture.ada)]
            try await requireRefusal(code: .tooMany, "one more") { try await fixture.prepare(fixture.ben, totalMax: 2) }
            try await requireRefusal(code: .tooMany, "one that another would make room for") {
                try await fixture.prepare(fixture.ada, callerMax: 2, totalMax: 1)
            }
            try requireEqual(try await fixture.areFound(keys), [true, true], "the downloads")
        },
        Check("concurrent calls prepare no more downloads than the limit") { fixture in
            let prepared = try await together(Array(0..<8)) { number in
                try await unlessRefused(with: .tooMany) {
                    try await fixture.prepare(Principal("guest \(number)"), totalMax: 3)
                }
            }
            try requireEqual(prepared.filter { $0 }.count, 3, "the prepared downloads")
        },
    ]
}
