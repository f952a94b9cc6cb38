import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Quotas and limits over all capsules, as callers see them. The catalogue's own laws are in `CatalogueContract`.
@Suite struct QuotaTests {
    @Test func `the capsule's owner pays for what a member uploads, and alone is told figures`() async throws {
        let fixture = try await Fixture { $0.quotaBytes = 30 }
        let id = try await fixture.begin(length: 20)
        #expect(try await fixture.service.usage(of: fixture.anna).reservedBytes == 20)
        #expect(try await fixture.service.usage(of: fixture.ben).pendingBytes == 20)
        let told = await expectRefusal(.quotaExceeded) { try await fixture.begin(length: 11) }
        #expect(told?.fields == [])
        let request = fixture.request(length: 11)
        let owner = await expectRefusal(.quotaExceeded) {
            try await fixture.service.beginUpload(request, by: fixture.anna)
        }
        #expect(owner?.fields.map(\.value) == [.number(30), .number(20), .number(11)])
        await expectLimit(.quotaBytes, 30) {
            try await fixture.service.beginUpload(fixture.request(length: 31), by: fixture.anna)
        }
        try await fixture.putAll(id, content(20))
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.service.usage(of: fixture.anna).storedBytes == 20)
        await expectRefusal(.quotaExceeded) { try await fixture.begin(length: 11) }
        try await fixture.service.deleteBlob(BlobId(id), by: fixture.anna)
        _ = try await fixture.begin(length: 30)
    }

    @Test func `an owner without a quota of its own has the standard one`() async throws {
        let fixture = try await Fixture {
            $0.quotaBytes = 10
            $0.quotaOverrides = [Principal("anna"): 30]
        }
        _ = try await fixture.begin(length: 30)
        let own = try await fixture.service.defaultCapsule(of: fixture.ben).id
        var request = fixture.request(length: 11)
        request.capsule = own
        await expectLimit(.quotaBytes, 10) { try await fixture.service.beginUpload(request, by: fixture.ben) }
    }

    @Test func `a chunk of an upload of unknown length is refused before it is received`() async throws {
        let fixture = try await Fixture { $0.quotaBytes = 25 }
        let id = try await fixture.begin()
        for index: UInt64 in 0..<2 {
            try await fixture.service.putChunk(id, index: index, content(10), by: fixture.ben)
        }
        await expectRefusal(.quotaExceeded) {
            _ = try await fixture.service.openChunk(id, index: 2, byteCount: 6, by: fixture.ben)
        }
        // A repeat needs no room, and what fits is taken.
        try await fixture.service.putChunk(id, index: 1, content(10), by: fixture.ben)
        try await fixture.service.putChunk(id, index: 2, content(5), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.service.usage(of: fixture.anna).storedBytes == 25)
    }

    @Test func `an append of unknown length keeps what fits, and can be finished there`() async throws {
        let fixture = try await Fixture { $0.quotaBytes = 25 }
        let id = try await fixture.begin(.append)
        try await fixture.service.append(id, at: 0, content(25), by: fixture.ben)
        await expectRefusal(.quotaExceeded) {
            try await fixture.service.append(id, at: 25, content(1), by: fixture.ben)
        }
        await expectRefusal(.quotaExceeded) {
            try await fixture.service.declareLength(of: id, 26, by: fixture.ben)
        }
        let record = try await fixture.service.commit(id, digest: Digest(of: content(25)), by: fixture.ben)
        #expect(record.session.spec.expectedBytes == 25)
    }

    @Test func `a length beside the durable bytes is refused, and the upload goes on`() async throws {
        let fixture = try await Fixture { $0.quotaBytes = 25 }
        let id = try await fixture.begin()
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        await expectRefusal(.quotaExceeded) { try await fixture.service.declareLength(of: id, 26, by: fixture.ben) }
        #expect(try await fixture.service.declareLength(of: id, 25, by: fixture.ben).session.spec.expectedBytes == 25)
        #expect(try await fixture.service.usage(of: fixture.anna).reservedBytes == 25)
    }

    @Test func `pending uploads and their bytes are limited over all capsules`() async throws {
        let fixture = try await Fixture {
            $0.activeUploadsPerCallerMax = 2
            $0.uploadBytesMax = 40
            $0.pendingBytesMax = 40
        }
        let first = try await fixture.begin(length: 20)
        var request = fixture.request(length: 21)
        request.capsule = try await fixture.service.defaultCapsule(of: fixture.ben).id
        let bytes = await expectRefusal(.tooMany) { try await fixture.service.beginUpload(request, by: fixture.ben) }
        #expect(bytes?.reason == .limitExceeded(.pendingBytes, maximum: 40, actual: 41))
        request.length = 20
        _ = try await fixture.service.beginUpload(request, by: fixture.ben)
        request.length = 0
        let count = await expectRefusal(.tooMany) { try await fixture.service.beginUpload(request, by: fixture.ben) }
        #expect(count?.reason == .limitExceeded(.activeUploadsPerCaller, maximum: 2, actual: 3))
        try await fixture.service.abort(first, by: fixture.anna)
        _ = try await fixture.service.beginUpload(request, by: fixture.ben)
    }

    @Test func `capsules and members are limited for each owner`() async throws {
        let fixture = try await Fixture {
            $0.capsulesMax = 2
            $0.membersPerOwnerMax = 3
        }
        let second = try await fixture.service.createCapsule(title: "", by: fixture.anna).id
        await expectLimit(.capsules, 2) { try await fixture.service.createCapsule(title: "", by: fixture.anna) }
        _ = try await fixture.service.defaultCapsule(of: fixture.anna)
        // The fixture has two members.
        try await fixture.service.setRole(.reader, of: fixture.ben, in: second, by: fixture.anna)
        await expectLimit(.membersPerOwner, 3) {
            try await fixture.service.setRole(.reader, of: fixture.rita, in: second, by: fixture.anna)
        }
        try await fixture.service.setRole(nil, of: fixture.rita, in: fixture.capsule, by: fixture.anna)
        try await fixture.service.setRole(.reader, of: fixture.rita, in: second, by: fixture.anna)
    }

    @Test func `inconsistent limits are refused`() {
        var limits = Limits()
        limits.pendingBytesMax = limits.uploadBytesMax - 1
        expectInvalid(limits, "pendingBytesMax")
        limits = Limits()
        limits.quotaBytes = (1 << 62) + 1
        expectInvalid(limits, "quotaBytes")
        limits = Limits()
        limits.quotaOverrides = [Principal("anna"): (1 << 62) + 1]
        expectInvalid(limits, "quotaBytes")
        limits = Limits()
        limits.partRepeatsMax = 0
        expectInvalid(limits, "partRepeatsMax")
    }

    private func expectInvalid(_ limits: Limits, _ name: String, _ location: SourceLocation = #_sourceLocation) {
        #expect(sourceLocation: location) {
            _ = try limits.validated()
        } throws: { error in
            (error as? UploadError)?.fields.first?.value == .text(name)
        }
    }
}
