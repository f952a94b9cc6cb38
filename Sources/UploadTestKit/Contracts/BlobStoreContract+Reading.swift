import SessionCore
import UploadCore

extension BlobStoreContract {
    static let reading: [Check] = [
        Check("a read returns exactly its range") { fixture in
            let all = BlobStoreFixture.bytes(10_000)
            let meta = try await fixture.stored(all)
            for range in [0..<10_000, 0..<1, 9_999..<10_000, 4_095..<4_097, 17..<8_193] {
                let found = try await fixture.read(meta.key, UInt64(range.lowerBound)..<UInt64(range.upperBound))
                try requireEqual(found, Array(all[range]), "the bytes \(range)")
            }
            try requireEqual(try await fixture.read(meta.key, 5..<5), [], "an empty range")
            try requireEqual(try await fixture.read(meta.key, 10_000..<10_000), [], "the empty range at the end")
        },
        Check("reads of missing and short objects fail as damage, without a part of their bytes") { fixture in
            let missing = fixture.newUpload().key
            let short = try await fixture.stored(BlobStoreFixture.bytes(10)).key
            for (key, range) in [(missing, 0..<1), (short, 0..<11), (short, 10..<11), (short, 1000..<2000)]
                as [(ObjectKey, Range<UInt64>)]
            {
                try await requireRefusal(code: .storeCorrupt, "reading \(range)") {
                    try await fixture.read(key, range)
                }
                try await requireRefusal(code: .storeCorrupt, "scanning \(range)") {
                    try await fixture.store.scan(key, range) { _ in }
                }
            }
        },
        Check("a scan visits a range in order, however large it is") { fixture in
            let all = BlobStoreFixture.bytes(3_000_017)
            let meta = try await fixture.stored(all)
            for range in [0..<all.count, 1..<2, 65_535..<2_097_153] {
                let gathered = Gathered()
                try await fixture.store.scan(
                    meta.key, UInt64(range.lowerBound)..<UInt64(range.upperBound), gathered.visit)
                try require(gathered.bytes.elementsEqual(all[range]), "the visited bytes are not those of \(range)")
            }
            let none = Gathered()
            try await fixture.store.scan(meta.key, 5..<5, none.visit)
            try requireEqual(none.bytes, [], "the bytes of an empty range")
        },
        Check("bytes are read during writes of others") { fixture in
            let meta = try await fixture.stored(BlobStoreFixture.bytes(10_000))
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for index in 1..<20 {
                        let bytes = BlobStoreFixture.bytes(10_000, from: index * 10_000)
                        try await fixture.write(bytes, at: UInt64(index * 10_000), of: meta, hasDurableBytes: true)
                    }
                }
                group.addTask {
                    for _ in 0..<20 {
                        let found = try await fixture.read(meta.key, 0..<10_000)
                        try require(found == BlobStoreFixture.bytes(10_000), "other bytes are read")
                    }
                }
                try await group.waitForAll()
            }
            try requireEqual(try await fixture.store.size(of: meta.key), 200_000, "size")
        },
    ]

    static let sealing: [Check] = [
        Check("a seal truncates the object to the length") { fixture in
            let all = BlobStoreFixture.bytes(10_000)
            let meta = try await fixture.stored(all)
            for length in [10_000, 4_097, 4_097] as [UInt64] {
                try await fixture.withSink(meta, hasDurableBytes: true) { sink in try await sink.seal(length: length) }
                try requireEqual(try await fixture.store.size(of: meta.key), length, "size")
            }
            try requireEqual(try await fixture.read(meta.key, 0..<4_097), Array(all[0..<4_097]), "the bytes kept")
        },
        Check("sealing a short object fails as damage and changes nothing") { fixture in
            let meta = try await fixture.stored(BlobStoreFixture.bytes(10))
            try await fixture.withSink(meta, hasDurableBytes: true) { sink in
                try await requireRefusal(code: .storeCorrupt, "sealing 10 bytes with length 11") {
                    try await sink.seal(length: 11)
                }
            }
            try requireEqual(try await fixture.store.size(of: meta.key), 10, "size")
        },
        Check("a missing object can be sealed with length 0 only") { fixture in
            let meta = try await fixture.stored([])
            try await fixture.store.remove([meta.key])
            try await fixture.withSink(meta, hasDurableBytes: false) { sink in
                try await sink.seal(length: 0)
                try await requireRefusal(code: .storeCorrupt, "sealing a missing object with length 1") {
                    try await sink.seal(length: 1)
                }
            }
        },
    ]
}
