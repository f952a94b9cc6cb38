import SessionCore
import UploadCore

extension BlobStoreContract {
    static let removal: [Check] = [
        Check("a removal removes the given objects and no others") { fixture in
            var uploads: [UploadSessionMeta] = []
            for number in 0..<5 { uploads.append(try await fixture.stored([UInt8(number)])) }
            try await fixture.store.remove(uploads[1...3].map(\.key))
            var sizes: [UInt64?] = []
            for upload in uploads { sizes.append(try await fixture.store.size(of: upload.key)) }
            try requireEqual(sizes, [1, nil, nil, nil, 1], "sizes")
            try await requireRefusal(code: .storeCorrupt, "reading a removed object") {
                try await fixture.read(uploads[2].key, 0..<1)
            }
        },
        Check("removing is idempotent, and succeeds for objects that never existed") { fixture in
            let kept = try await fixture.stored([1]).key
            let removed = try await fixture.stored([2]).key
            for _ in 0..<2 { try await fixture.store.remove([removed, fixture.newUpload().key]) }
            try await fixture.store.remove([])
            try requireEqual(try await fixture.store.size(of: removed), nil, "size of the removed object")
            try requireEqual(try await fixture.store.size(of: kept), 1, "size of the object kept")
        },
    ]

    static let maintenance: [Check] = [
        Check("the shards list every object once, with its size") { fixture in
            var expected: [ObjectKey: UInt64] = [:]
            for count in 1...40 {
                expected[try await fixture.stored(BlobStoreFixture.bytes(count)).key] = UInt64(count)
            }
            let listed = try await fixture.listed()
            try requireEqual(listed.count, 40, "objects listed")
            let found = Dictionary(listed.map { ($0.key, $0.size) }) { first, _ in first }
            try requireEqual(found, expected, "the objects")
        },
        Check("an empty store lists nothing") { fixture in
            try requireEqual(try await fixture.listed().count, 0, "objects listed")
        },
        Check("a removed object is not listed") { fixture in
            let keys = [try await fixture.stored([1]).key, try await fixture.stored([2]).key]
            try await fixture.store.remove([keys[0]])
            try requireEqual(try await fixture.listed().map(\.key), [keys[1]], "the objects")
        },
        Check("a quarantined file is no longer an object, and the others stay") { fixture in
            let keys = [try await fixture.stored([1]).key, try await fixture.stored([2]).key]
            let object = try requireValue(try await fixture.listed().first { $0.key == keys[0] }, "the object")
            try await fixture.store.quarantine(object.name, inShard: object.shard)
            try requireEqual(try await fixture.store.size(of: keys[0]), nil, "size of the quarantined object")
            try requireEqual(try await fixture.listed().map(\.key), [keys[1]], "the objects")
            try requireEqual(try await fixture.read(keys[1], 0..<1), [2], "the bytes of the other")
        },
    ]
}

extension BlobStoreFixture {
    struct Listed {
        let shard: Int
        let key: ObjectKey
        let name: String
        let size: UInt64
    }

    /// All objects of the store, which must have no unknown files.
    func listed(file: StaticString = #fileID, line: UInt = #line) async throws -> [Listed] {
        var listed: [Listed] = []
        let others = try await store.unknownFilesOutsideShards()
        try requireEqual(others, [], "unknown files outside of the shards", file: file, line: line)
        for shard in store.shards {
            let contents = try await store.contents(ofShard: shard)
            try requireEqual(contents.unknownFiles, [], "unknown files", file: file, line: line)
            listed += contents.objects.map { Listed(shard: shard, key: $0.key, name: $0.name, size: $0.size) }
        }
        return listed
    }
}
