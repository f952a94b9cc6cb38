import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

/// What the check of a store asks its bucket.
struct CheckTests {
    private let key = ObjectKey(Digest(of: Array("segment".utf8)))

    @Test func `segments are listed page by page, and objects with other names are listed apart`() async throws {
        try await Fixture.run { fixture in
            let makeKeys = SeededKeys(3)
            let keys = (0..<3500).map { _ in makeKeys.next() }.sorted { $0.digest.hex < $1.digest.hex }
            for key in keys { fixture.fake.change { $0.objects[fixture.store.client.name(of: key)] = content(5) } }
            let strays = ["wharf/segments/aa/" + keys[0].digest.hex.uppercased(), "wharf/segments/zz/stray"]
            for name in strays { fixture.fake.change { $0.objects[name] = content(2) } }
            fixture.fake.change { $0.objects["wharf/other/file"] = content(2) }
            var (segments, unknown, last): ([RecordedSegment], [String], String?) = ([], [], nil)
            repeat {
                let page = try await fixture.store.storedSegments(after: last)
                segments += page.segments
                unknown += page.unknownObjects.map(\.name)
                last = page.next
            } while last != nil
            #expect(segments == keys.map { RecordedSegment(key: $0, byteCount: 5) })
            #expect(unknown == strays)
            #expect(fixture.fake.requests.count == 4)
        }
    }

    @Test func `a list that cannot be read, or is out of order, ends the check`() async throws {
        try await Fixture.run { fixture in
            fixture.fake.behave { _, _ in .status(403, code: "AccessDenied") }
            await #expect(throws: UploadError.self) { try await fixture.store.storedSegments(after: nil) }
            fixture.fake.behave { _, _ in .normal }
            fixture.fake.change { $0.objects[fixture.store.client.name(of: key)] = content(5) }
            fixture.fake.change { $0.isListOutOfOrder = true }
            let error = await #expect(throws: UploadError.self) { try await fixture.store.storedSegments(after: nil) }
            #expect(error?.debugDescription.contains("out of order") == true)
        }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 31, 32, 1000, UInt64.max] as [UInt64])
    func `of many segments sixteen are asked for, with the first and the last one`(_ count: UInt64) {
        let places = S3BlobStore.spread(S3BlobStore.askedMax, over: count)
        #expect(places.count == Int(min(count, 16)))
        #expect(places.first == (count > 0 ? 0 : nil) && places.last == (count > 0 ? count - 1 : nil))
        #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `the size of a segment is told, also of an empty one and of none`() async throws {
        try await Fixture.run { fixture in
            let name = fixture.store.client.name(of: key)
            let none = try await fixture.store.size(ofSegment: key)
            #expect(none == nil)
            for size in [0, 1, 77] {
                fixture.fake.change { $0.objects[name] = content(size) }
                let found = try await fixture.store.size(ofSegment: key)
                #expect(found == UInt64(size))
            }
            // A missing bucket is no missing segment.
            fixture.fake.behave { _, _ in .status(404, code: "NoSuchBucket") }
            await #expect(throws: UploadError.self) { try await fixture.store.size(ofSegment: key) }
            fixture.fake.behave { _, number in number % 2 == 0 ? .lost : .normal }
            let found = try await fixture.store.size(ofSegment: key)
            #expect(found == 77)
        }
    }

    @Test func `a segment moves to the quarantine once`() async throws {
        try await Fixture.run { fixture in
            fixture.fake.change { $0.objects[fixture.store.client.name(of: key)] = content(77) }
            let isMoved = try await fixture.store.quarantine(segment: key)
            #expect(isMoved)
            #expect(fixture.fake.objects == ["wharf/quarantine/" + key.digest.hex: content(77)])
            let isMovedAgain = try await fixture.store.quarantine(segment: key)
            #expect(!isMovedAgain)
            let page = try await fixture.store.storedSegments(after: nil)
            #expect(page.segments == [])
        }
    }

    @Test(arguments: [
        FakeS3.Behaviour.status(501, code: "NotImplemented"), .errorBody(code: "AccessDenied"),
        .status(403, code: "AccessDenied"),
    ])
    func `a segment that cannot be copied stays where it is`(_ behaviour: FakeS3.Behaviour) async throws {
        try await Fixture.run { fixture in
            let name = fixture.store.client.name(of: key)
            fixture.fake.change { $0.objects[name] = content(77) }
            fixture.fake.behave { request, _ in request.method == "PUT" ? behaviour : .normal }
            await #expect(throws: UploadError.self) { try await fixture.store.quarantine(segment: key) }
            #expect(fixture.fake.objects == [name: content(77)])
        }
    }
}

/// Objects that the engine does not delete.
struct UndeletableTests {
    private static let failures: [(settings: String, code: String)] =
        ["", "&deletion-batch=2", "&deletion-batch=1"].flatMap { settings in
            ["AccessDenied", "InternalError"].map { (settings, $0) }
        }

    @Test(arguments: failures)
    func `all others are deleted, and it is named`(_ failure: (settings: String, code: String)) async throws {
        try await Fixture.run(failure.settings) { fixture in
            let makeKeys = SeededKeys(3)
            let keys = (0..<5).map { _ in makeKeys.next() }
            let stuck = fixture.store.client.name(of: keys[2])
            for key in keys { fixture.fake.change { $0.objects[fixture.store.client.name(of: key)] = content(5) } }
            fixture.fake.behave { request, _ in
                switch request.method {
                case "POST": .undeleted(code: failure.code) { $0 == stuck }
                case "DELETE" where request.name == stuck:
                    .status(failure.code == "AccessDenied" ? 403 : 500, code: failure.code)
                default: .normal
                }
            }
            let unremoved = try await fixture.store.removeEach(keys)
            #expect(unremoved.map(\.key) == [keys[2]])
            #expect(unremoved.first?.error.debugDescription.contains(failure.code) == true)
            #expect(fixture.fake.objects.keys.sorted() == [stuck])
            let error = await #expect(throws: UploadError.self) { try await fixture.store.remove(keys) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test func `as many as are deleted at the same time do not hold up the others`() async throws {
        try await Fixture.run("&deletion-batch=1") { fixture in
            let makeKeys = SeededKeys(3)
            let keys = (0..<S3BlobStore.deletionsMax + 4).map { _ in makeKeys.next() }
            let stuck = keys.prefix(S3BlobStore.deletionsMax)
            let names = Set(stuck.map { fixture.store.client.name(of: $0) })
            for key in keys { fixture.fake.change { $0.objects[fixture.store.client.name(of: key)] = content(5) } }
            fixture.fake.behave { request, _ in
                names.contains(request.name) ? .status(500, code: "InternalError") : .normal
            }
            let unremoved = try await fixture.store.removeEach(keys)
            #expect(unremoved.map(\.key) == Array(stuck))
            #expect(Set(fixture.fake.objects.keys) == names)
        }
    }

    @Test(arguments: ["", "&deletion-batch=1"], [FakeS3.Behaviour.status(503, code: "SlowDown"), .late])
    func `an engine that deletes nothing at all is one failure`(
        _ settings: String, _ behaviour: FakeS3.Behaviour
    ) async throws {
        try await Fixture.run(settings) { fixture in
            let makeKeys = SeededKeys(3)
            let keys = (0..<20).map { _ in makeKeys.next() }
            fixture.fake.behave { _, _ in behaviour }
            let error = await #expect(throws: UploadError.self) { try await fixture.store.removeEach(keys) }
            #expect(error?.code == .unavailable)
            // A group of requests at most, and its repetitions.
            #expect(fixture.fake.requests.count <= S3BlobStore.deletionsMax * S3Settings.small.attemptsMax)
        }
    }
}
