import SessionCore
import UploadCore

extension BlobStoreContract {
    static let removal: [Check] = [
        Check("what is removed is gone, and nothing else is") { bench in
            var uploads: [UploadSessionMeta] = []
            for number in 0..<5 { uploads.append(try await bench.stored([UInt8(number)])) }
            try await bench.store.remove(uploads[1...3].map(\.key))
            var sizes: [UInt64?] = []
            for upload in uploads { sizes.append(try await bench.store.size(of: upload.key)) }
            try requireEqual(sizes, [1, nil, nil, nil, 1], "sizes")
            try await requireRefusal(code: .storeCorrupt, "reading a removed object") {
                try await bench.store.read(uploads[2].key, 0..<1)
            }
        },
        Check("removing again, or what never was, is fine") { bench in
            let kept = try await bench.stored([1]).key
            let removed = try await bench.stored([2]).key
            for _ in 0..<2 { try await bench.store.remove([removed, bench.newUpload().key]) }
            try await bench.store.remove([])
            try requireEqual(try await bench.store.size(of: removed), nil, "size of the removed object")
            try requireEqual(try await bench.store.size(of: kept), 1, "size of the object kept")
        },
    ]

    static let upkeep: [Check] = [
        Check("the shards list every object once, with its size") { bench in
            var expected: [ObjectKey: UInt64] = [:]
            for count in 1...40 { expected[try await bench.stored(BlobStoreBench.bytes(count)).key] = UInt64(count) }
            let listed = try await bench.listed()
            try requireEqual(listed.count, 40, "objects listed")
            let found = Dictionary(listed.map { ($0.key, $0.size) }) { first, _ in first }
            try requireEqual(found, expected, "the objects")
        },
        Check("an empty store lists nothing") { bench in
            try requireEqual(try await bench.listed().count, 0, "objects listed")
        },
        Check("a removed object is not listed") { bench in
            let keys = [try await bench.stored([1]).key, try await bench.stored([2]).key]
            try await bench.store.remove([keys[0]])
            try requireEqual(try await bench.listed().map(\.key), [keys[1]], "the objects")
        },
        Check("what is set aside is no object any more, and the others stay") { bench in
            let keys = [try await bench.stored([1]).key, try await bench.stored([2]).key]
            let object = try requireValue(try await bench.listed().first { $0.key == keys[0] }, "the object")
            try await bench.store.setAside(object.name, inShard: object.shard)
            try requireEqual(try await bench.store.size(of: keys[0]), nil, "size of what was set aside")
            try requireEqual(try await bench.listed().map(\.key), [keys[1]], "the objects")
            try requireEqual(try await bench.store.read(keys[1], 0..<1), [2], "the bytes of the other")
        },
    ]
}

extension BlobStoreBench {
    struct Listed {
        let shard: Int
        let key: ObjectKey
        let name: String
        let size: UInt64
    }

    /// Everything in the store, which must contain nothing else.
    func listed(file: StaticString = #fileID, line: UInt = #line) async throws -> [Listed] {
        var listed: [Listed] = []
        for shard in store.shards {
            let contents = try await store.contents(ofShard: shard)
            try requireEqual(contents.strangers, [], "names that are no object's", file: file, line: line)
            listed += contents.objects.map { Listed(shard: shard, key: $0.key, name: $0.name, size: $0.size) }
        }
        return listed
    }
}
