import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@testable import UploadDerivation

/// Links as their owner and their bearers meet them. The catalogue's own laws are in `CatalogueContract`.
@Suite struct UploadLinkTests {
    /// Anna's link to the capsule of the fixture, and its bearer.
    private func link(
        _ fixture: Fixture, _ limits: LinkLimits = LinkLimits(), lifetime: Int64 = 60_000
    ) async throws -> (issued: IssuedLink, guest: Principal) {
        let issued = try await fixture.service.createLink(
            to: fixture.capsule, title: "Our wedding",
            expiresAt: fixture.clock.now().advanced(byMilliseconds: lifetime), limits: limits,
            by: fixture.anna)
        let guest = try #require(try await fixture.service.bearer(of: issued.token))
        return (issued, guest)
    }

    private func begin(_ fixture: Fixture, by guest: Principal, length: UInt64? = 20) async throws -> SessionId {
        try await fixture.service.beginUpload(fixture.request(length: length), by: guest).record.id
    }

    @Test func `its bearer uploads, and only the owner sees what came in`() async throws {
        let fixture = try await Fixture()
        let service = fixture.service
        let (_, guest) = try await link(fixture)
        #expect(try await service.defaultCapsuleId(of: guest) == fixture.capsule)
        let id = try await begin(fixture, by: guest)
        try await service.putChunk(id, index: 0, content(10), by: guest)
        #expect(try await service.status(of: id, by: guest).missing == [1...1])
        try await service.putChunk(id, index: 1, content(10, from: 10), by: guest)
        #expect(try await service.commit(id, digest: Digest(of: content(20)), by: guest).id == id)
        #expect(try await service.blob(BlobId(id), by: fixture.anna).size == 20)
        await expectRefusal(.notFound) { try await service.blob(BlobId(id), by: guest) }
        await expectRefusal(.notFound) { try await service.deleteBlob(BlobId(id), by: guest) }
        await expectRefusal(.notFound) { try await service.capsule(fixture.capsule, by: guest) }
        #expect(try await service.capsules(by: guest).isEmpty)
        await expectRefusal(.notFound) { try await service.uploads(in: fixture.capsule, by: guest) }
        await expectRefusal(.notFound) { try await service.memories(in: fixture.capsule, by: guest) }
        await expectRefusal(.notFound) { try await service.links(to: fixture.capsule, by: guest) }
        await expectRefusal(.notFound) { try await service.createCapsule(title: "", by: guest) }
        await expectRefusal(.notFound) { try await service.defaultCapsule(of: guest) }
        await expectRefusal(.notFound) {
            try await service.createLink(
                to: fixture.capsule, expiresAt: fixture.clock.now().advanced(byMilliseconds: 1000), by: guest)
        }
        await expectRefusal(.notFound) {
            try await service.setRole(.writer, of: fixture.mallory, in: fixture.capsule, by: guest)
        }
    }

    @Test func `its bearer cannot touch other people's uploads, nor upload elsewhere`() async throws {
        let fixture = try await Fixture()
        let service = fixture.service
        let (_, guest) = try await link(fixture)
        let (_, other) = try await link(fixture)
        let bens = try await fixture.begin(length: 20)
        let others = try await begin(fixture, by: other)
        for id in [bens, others] {
            await expectRefusal(.notFound) { try await service.status(of: id, by: guest) }
            await expectRefusal(.notFound) { try await service.putChunk(id, index: 0, content(10), by: guest) }
            await expectRefusal(.notFound) { try await service.abort(id, by: guest) }
        }
        var request = fixture.request(length: 20)
        request.capsule = try await service.createCapsule(title: "", by: fixture.anna).id
        await expectRefusal(.notFound) { try await service.beginUpload(request, by: guest) }
        request.layout = .append
        await expectRefusal(.notFound) { try await service.concatenate(request, parts: [bens], by: guest) }
    }

    @Test func `an upload that began before the expiry is completed after it; no other begins`() async throws {
        let fixture = try await Fixture()
        let (issued, guest) = try await link(fixture, lifetime: 1000)
        let id = try await begin(fixture, by: guest)
        fixture.clock.advance(milliseconds: 1000)
        #expect(try await fixture.service.bearer(of: issued.token) == guest)
        await expectRefusal(.linkExpired) { try await begin(fixture, by: guest) }
        try await fixture.putAll(id, content(20), by: guest)
        _ = try await fixture.service.commit(id, by: guest)
    }

    @Test func `once it is removed its bearers are nobody, and the owner ends what they began`() async throws {
        let fixture = try await Fixture()
        let service = fixture.service
        let (issued, guest) = try await link(fixture)
        let id = try await begin(fixture, by: guest)
        let chunk = try await service.openChunk(id, index: 0, by: guest)
        try await chunk.write(content(10))
        for caller in [fixture.ben, fixture.rita] {
            await expectRefusal(.forbidden) {
                try await service.removeLink(issued.link.id, to: fixture.capsule, by: caller)
            }
        }
        await expectRefusal(.notFound) {
            try await service.removeLink(issued.link.id, to: fixture.capsule, by: fixture.mallory)
        }
        try await service.removeLink(issued.link.id, to: fixture.capsule, by: fixture.anna)
        await expectRefusal(.notFound, completing: chunk)
        #expect(try await service.bearer(of: issued.token) == nil)
        await expectRefusal(.notFound) { try await service.putChunk(id, index: 0, content(10), by: guest) }
        await expectRefusal(.notFound) { try await begin(fixture, by: guest) }
        await expectRefusal(.notFound) { try await service.link(of: guest) }
        #expect(try await service.uploads(in: fixture.capsule, ofAll: true, by: fixture.anna).map(\.id) == [id])
        try await service.abort(id, by: fixture.anna)
        await expectRefusal(.notFound) {
            try await service.removeLink(issued.link.id, to: fixture.capsule, by: fixture.anna)
        }
    }

    @Test func `only the owner creates and sees links, and sees the same token again`() async throws {
        let fixture = try await Fixture()
        let service = fixture.service
        let (issued, guest) = try await link(fixture, LinkLimits(filesMax: 3))
        _ = try await begin(fixture, by: guest)
        let listed = try await service.links(to: fixture.capsule, by: fixture.anna)
        #expect(listed.map(\.token) == [issued.token])
        #expect(listed.first?.status.usage == LinkUsage(uses: 1, files: 1, bytes: 20))
        #expect(try await service.link(of: guest).link == issued.link)
        await expectRefusal(.notFound) { try await service.link(of: fixture.ben) }
        let later = fixture.clock.now().advanced(byMilliseconds: 1000)
        for (caller, code) in [(fixture.ben, UploadError.Code.forbidden), (fixture.mallory, .notFound)] {
            await expectRefusal(code) {
                try await service.createLink(to: fixture.capsule, expiresAt: later, by: caller)
            }
            await expectRefusal(code) { try await service.links(to: fixture.capsule, by: caller) }
        }
    }

    @Test func `malformed links are refused`() async throws {
        let fixture = try await Fixture {
            $0.linkLifetimeMaxMilliseconds = 1000
            $0.titleBytesMax = 7
            $0.linkTypesMax = 1
        }
        func create(_ title: String = "", _ lifetime: Int64 = 1000, _ limits: LinkLimits = LinkLimits()) async throws {
            let expiresAt = fixture.clock.now().advanced(byMilliseconds: lifetime)
            _ = try await fixture.service.createLink(
                to: fixture.capsule, title: title, expiresAt: expiresAt, limits: limits, by: fixture.anna)
        }
        for lifetime: Int64 in [-1, 0, 1001] {
            let problem = lifetime > 0 ? "is more than 0 days away" : "is in the past"
            await expectRefusal(with: .invalidArgument("expires_at", problem)) { try await create("", lifetime) }
        }
        for limits in [
            LinkLimits(filesMax: 0), LinkLimits(usesMax: 0), LinkLimits(bytesMax: 0), LinkLimits(fileBytesMax: 0),
            LinkLimits(bytesMax: .max),
        ] { await expectRefusal(.invalidArgument) { try await create("", 1000, limits) } }
        await expectLimit(.titleBytes, 7) { try await create("eight ch") }
        let types = ["image/*", "video/*"].compactMap { MediaRange($0) }
        await expectLimit(.linkTypes, 1) { try await create("", 1000, LinkLimits(types: types)) }
        try await create("seven c", 1000, LinkLimits(filesMax: 1, bytesMax: 1 << 62, types: Array(types.prefix(1))))
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `a whole upload is refused at the expiry, and beyond the limits`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        let (_, guest) = try await link(fixture, LinkLimits(filesMax: 1), lifetime: 1000)
        func put() async throws {
            let began = try await fixture.service.beginUpload(fixture.request(length: 5), by: guest)
            try await fixture.service.abort(began.record.id, by: guest)
            guard storage == .catalogue else { return }
            _ = try await fixture.service.putWhole(fixture.request(.append, length: 5), content(5), by: guest)
        }
        try await put()
        if storage == .catalogue { await expectLimit(.linkFiles, 1) { try await put() } }
        fixture.clock.advance(milliseconds: 1000)
        await expectRefusal(.linkExpired) { try await put() }
    }

    @Test func `as a member it can be neither set nor removed`() async throws {
        let fixture = try await Fixture()
        let (issued, guest) = try await link(fixture)
        for role: Role? in [.writer, .reader, nil] {
            await expectRefusal(.invalidArgument) {
                try await fixture.service.setRole(role, of: guest, in: fixture.capsule, by: fixture.anna)
            }
        }
        await expectRefusal(.invalidArgument) {
            try await fixture.service.setRole(
                .reader, of: Principal(Principal.linkPrefix), in: fixture.capsule, by: fixture.anna)
        }
        await expectRefusal(.invalidArgument) {
            try await fixture.service.setRole(.uploader, of: fixture.mallory, in: fixture.capsule, by: fixture.anna)
        }
        #expect(try await fixture.service.bearer(of: issued.token) == guest)
    }

    @Test func `the limit of a caller's uploads in one capsule is not that of all bearers together`() async throws {
        let fixture = try await Fixture {
            $0.activeUploadsMax = 1
            $0.activeUploadsPerCallerMax = 3
        }
        let (_, guest) = try await link(fixture)
        for _ in 0..<3 { _ = try await begin(fixture, by: guest) }
        await expectLimit(.activeUploads, 3) { try await begin(fixture, by: guest) }
    }

    @Test func `every upload through it has a length, so that none grows after the expiry`() async throws {
        let fixture = try await Fixture()
        let (_, guest) = try await link(fixture)
        await expectRefusal(.invalidArgument) { try await begin(fixture, by: guest, length: nil) }
    }

    @Test func `two uploads that begin at once share the last use`() async throws {
        let fixture = try await Fixture()
        let (_, guest) = try await link(fixture, LinkLimits(usesMax: 1))
        let outcomes = await withTaskGroup(of: UploadError.Code?.self) { group in
            for _ in 0..<8 {
                group.addTask { await outcome { _ = try await begin(fixture, by: guest) } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.compactMap(\.self).allSatisfy { $0 == .tooLarge })
    }

    @Test func `a guest's photo becomes a memory, whose derivatives are not the guest's files`() async throws {
        let fixture = try await Fixture()
        let (issued, guest) = try await link(fixture, LinkLimits(filesMax: 1, bytesMax: 50))
        let photo = try await fixture.commitPhoto(by: guest)
        await fixture.runner(FakeDeriver()).process(photo)
        let memory = try await fixture.onlyMemory()
        #expect(memory.creator == guest)
        #expect(memory.assets.count > 1)
        let usage = try await fixture.service.links(to: fixture.capsule, by: fixture.anna).map(\.status.usage)
        #expect(usage == [LinkUsage(uses: 1, files: 1, bytes: 50)])
        await expectRefusal(.notFound) { try await fixture.service.memory(memory.id, by: guest) }
        #expect(issued.link.capsule == fixture.capsule)
    }

    @Test func `the sweep removes a link when its retention has passed since its expiry`() async throws {
        let fixture = try await Fixture { $0.endedRetentionMilliseconds = 5000 }
        _ = try await link(fixture, lifetime: 1000)
        fixture.clock.advance(milliseconds: 6000)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.service.links(to: fixture.capsule, by: fixture.anna).count == 1)
        fixture.clock.advance(milliseconds: 1)
        try await fixture.sessions.cleanupExpiredSessions()
        #expect(try await fixture.service.links(to: fixture.capsule, by: fixture.anna).isEmpty)
    }
}
