import SessionCore
import UploadCore
import UploadMemories

extension BlobStoreContract {
    static let writing: [Check] = [
        Check("an unused sink creates no object") { fixture in
            let meta = fixture.newUpload()
            try await fixture.withSink(meta, length: 100) { _ in }
            try requireEqual(try await fixture.store.size(of: meta.key), nil, "size")
        },
        Check("bytes written in any order are read at their offsets") { fixture in
            let meta = fixture.newUpload()
            let all = BlobStoreFixture.bytes(100)
            try await fixture.withSink(meta, length: 100) { sink in
                for start in [60, 0, 80, 40, 20] {
                    try await sink.write(all[start..<start + 20], at: UInt64(start), nil)
                }
                try await sink.sync()
            }
            try requireEqual(try await fixture.read(meta.key, 0..<100), all, "the bytes")
            try requireEqual(try await fixture.store.size(of: meta.key), 100, "size")
        },
        Check("many sinks write to one object concurrently") { fixture in
            let meta = fixture.newUpload()
            let piece = 40_000
            let all = BlobStoreFixture.bytes(32 * piece)
            _ = try await together(Array(0..<32)) { index in
                try await fixture.withSink(meta, length: UInt64(all.count)) { sink in
                    let start = index * piece
                    try await sink.write(all[start..<start + piece / 2], at: UInt64(start), nil)
                    try await sink.write(all[start + piece / 2..<start + piece], at: UInt64(start + piece / 2), nil)
                    try await sink.sync()
                }
            }
            try requireEqual(try await fixture.store.size(of: meta.key), UInt64(all.count), "size")
            try require(
                try await fixture.read(meta.key, 0..<UInt64(all.count)) == all, "the object has other bytes")
        },
        Check("successive sinks extend an object, and closing one leaves the others open") { fixture in
            let meta = fixture.newUpload()
            let all = BlobStoreFixture.bytes(30)
            try await fixture.write(Array(all[0..<10]), at: 0, of: meta)
            try await fixture.withSink(meta, hasDurableBytes: true) { first in
                try await fixture.write(Array(all[20..<30]), at: 20, of: meta, hasDurableBytes: true)
                try await first.write(all[10..<20], at: 10, nil)
                try await first.sync()
            }
            try requireEqual(try await fixture.read(meta.key, 0..<30), all, "the bytes")
        },
        Check("rewritten bytes replace the first ones") { fixture in
            let meta = try await fixture.stored(Array("to be or nit to be".utf8))
            try await fixture.write(Array("not".utf8), at: 9, of: meta, hasDurableBytes: true)
            let found = try await fixture.read(meta.key, 0..<18)
            try requireEqual(found, Array("to be or not to be".utf8), "the bytes")
        },
        Check("a write passes all its bytes to visit, in order") { fixture in
            let bytes = BlobStoreFixture.bytes(300_000)
            let gathered = Gathered()
            try await fixture.withSink(fixture.newUpload()) { sink in
                try await sink.write(bytes, at: 0, gathered.visit)
                try require(gathered.bytes == bytes, "other bytes were visited when the write returned")
            }
        },
        Check("uploads of the same provisional memory share no object") { fixture in
            let first = fixture.newUpload(provisionalMemoryId: "same")
            let second = fixture.newUpload(provisionalMemoryId: "same")
            try await fixture.write([1, 1, 1], at: 0, of: first)
            try await fixture.write([2, 2, 2, 2], at: 0, of: second)
            try requireEqual(try await fixture.read(first.key, 0..<3), [1, 1, 1], "the first")
            try requireEqual(try await fixture.read(second.key, 0..<4), [2, 2, 2, 2], "the second")
        },
        Check("a sync without unsynced writes succeeds") { fixture in
            try await fixture.withSink(fixture.newUpload()) { sink in
                try await sink.sync()
                try await sink.write([1, 2, 3], at: 0, nil)
                try await sink.sync()
                try await sink.sync()
            }
        },
        Check("closed sinks hold no files: more of them can be used than files can be open") { fixture in
            for _ in 0..<2000 {
                let meta = fixture.newUpload()
                try await fixture.withSink(meta) { sink in try await sink.write([7], at: 0, nil) }
                try await fixture.store.remove([meta.key])
            }
        },
    ]

    static let refusals: [Check] = [
        Check("writes past the length of the upload are refused, those up to it succeed") { fixture in
            let meta = fixture.newUpload()
            try await fixture.withSink(meta, length: 10) { sink in
                try await sink.write(BlobStoreFixture.bytes(5, from: 5), at: 5, nil)
                try await sink.write(BlobStoreFixture.bytes(5), at: 0, nil)
                for (count, offset) in [(6, 5), (1, 10), (11, 0), (1, 1 << 40), (2, UInt64.max)] as [(Int, UInt64)] {
                    try await requireRefusal(code: .sizeMismatch, "\(count) bytes at \(offset) of 10") {
                        try await sink.write([UInt8](repeating: 9, count: count), at: offset, nil)
                    }
                }
                try await sink.sync()
            }
            try requireEqual(try await fixture.store.size(of: meta.key), 10, "size")
            try requireEqual(try await fixture.read(meta.key, 0..<10), BlobStoreFixture.bytes(10), "the bytes")
        },
        Check("a write across the end of a chunk is refused, and a chunk may be filled piece by piece") { fixture in
            let meta = fixture.newUpload()
            try await fixture.withSink(meta, layout: .chunks(size: 10), length: 25) { sink in
                for (count, offset) in [(11, 0), (2, 9), (20, 0), (15, 10)] as [(Int, UInt64)] {
                    try await requireRefusal(code: .invalidArgument, "\(count) bytes at \(offset) in chunks of 10") {
                        try await sink.write([UInt8](repeating: 9, count: count), at: offset, nil)
                    }
                }
                for (count, offset) in [(5, 20), (3, 0), (10, 10), (7, 3)] {
                    try await sink.write(BlobStoreFixture.bytes(count, from: offset), at: UInt64(offset), nil)
                }
                try await sink.sync()
            }
            try requireEqual(try await fixture.read(meta.key, 0..<25), BlobStoreFixture.bytes(25), "the bytes")
        },
        Check("a sink remains usable after a refusal") { fixture in
            let meta = fixture.newUpload()
            try await fixture.withSink(meta, length: 3) { sink in
                try await requireRefusal(code: .sizeMismatch, "four bytes of three") {
                    try await sink.write([1, 2, 3, 4], at: 0, nil)
                }
                try await sink.write([1, 2, 3], at: 0, nil)
                try await sink.sync()
            }
            try requireEqual(try await fixture.read(meta.key, 0..<3), [1, 2, 3], "the bytes")
        },
        Check("matches compares bytes with the object at an offset") { fixture in
            let all = BlobStoreFixture.bytes(200_000)
            let meta = try await fixture.stored(all)
            var last = Array(all[100..<150_000])
            last[last.count - 1] ^= 1
            let matches = try await fixture.withSink(meta, hasDurableBytes: true) { sink in
                [
                    try await sink.matches(all, at: 0), try await sink.matches(all[100..<150_000], at: 100),
                    try await sink.matches(all[199_999...], at: 199_999), try await sink.matches(last, at: 100),
                    try await sink.matches(all[100..<150_000], at: 101),
                ]
            }
            try requireEqual(matches, [true, true, true, false, false], "whether they match")
            try require(try await fixture.read(meta.key, 0..<200_000) == all, "a comparison changed the object")
        },
        Check("bytes past the end of an object match nothing") { fixture in
            let all = BlobStoreFixture.bytes(300_000)
            let meta = try await fixture.stored(Array(all[..<299_999]))
            let matches = try await fixture.withSink(meta, hasDurableBytes: true) { sink in
                [
                    try await sink.matches(all, at: 0), try await sink.matches(all[299_999...], at: 299_999),
                    try await sink.matches(all[10...11], at: 1 << 40),
                    try await sink.matches(all[..<299_999], at: 0),
                ]
            }
            try requireEqual(matches, [false, false, false, true], "whether they match")
            try requireEqual(try await fixture.store.size(of: meta.key), 299_999, "size after the comparisons")
        },
    ]
}
