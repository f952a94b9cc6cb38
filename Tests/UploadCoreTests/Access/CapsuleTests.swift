import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct CapsuleTests {
    @Test func `a capsule belongs to who made it`() async throws {
        let fixture = try await Fixture()
        let capsule = try await fixture.service.createCapsule(title: "garden", by: fixture.ben)
        #expect(capsule.owner == fixture.ben && capsule.title == "garden" && capsule.createdAt == fixture.clock.now())
        #expect(try await fixture.service.capsule(capsule.id, by: fixture.ben) == capsule)
        await expectRefusal(with: .notFound(.capsule)) {
            try await fixture.service.capsule(capsule.id, by: fixture.anna)
        }
    }

    @Test func `the default capsule is made once for each`() async throws {
        let fixture = try await Fixture()
        let first = try await fixture.service.defaultCapsule(of: fixture.ben)
        #expect(try await fixture.service.defaultCapsule(of: fixture.ben) == first)
        #expect(try await fixture.reopened().defaultCapsule(of: fixture.ben) == first)
        #expect(try await fixture.service.defaultCapsule(of: fixture.anna).id != first.id)
        for _ in 0..<2 { #expect(try await fixture.service.defaultCapsuleId(of: fixture.ben) == first.id) }
        #expect(try await fixture.service.defaultCapsuleId(of: fixture.anna) != first.id)
    }

    @Test func `roles include those before them`() async throws {
        let fixture = try await Fixture()
        let capsule = try await fixture.service.capsule(fixture.capsule, by: fixture.anna)
        #expect(capsule.role(of: fixture.anna) == .owner && capsule.role(of: fixture.ben) == .writer)
        #expect(capsule.role(of: fixture.rita) == .reader && capsule.role(of: fixture.mallory) == nil)
        for (principal, held) in [(fixture.anna, 3), (fixture.ben, 2), (fixture.rita, 1)] {
            for role in [Role.reader, .writer, .owner] {
                let refusal = await outcome { try capsule.require(role, of: principal) }
                #expect(refusal == (role.rawValue <= held ? nil : .forbidden))
            }
        }
        #expect(await outcome { try capsule.require(.reader, of: fixture.mallory) } == .notFound)
    }

    @Test func `only the owner gives roles, and the owner stays the owner`() async throws {
        let fixture = try await Fixture()
        let service = fixture.service
        await expectRefusal(with: .forbidden(needs: .owner)) {
            try await service.setRole(.writer, of: fixture.rita, in: fixture.capsule, by: fixture.ben)
        }
        await expectRefusal(with: .notFound(.capsule)) {
            try await service.setRole(.writer, of: fixture.mallory, in: fixture.capsule, by: fixture.mallory)
        }
        await expectRefusal(.invalidArgument) {
            try await service.setRole(.reader, of: fixture.anna, in: fixture.capsule, by: fixture.anna)
        }
        await expectRefusal(.invalidArgument) {
            try await service.setRole(nil, of: fixture.anna, in: fixture.capsule, by: fixture.anna)
        }
        await expectRefusal(.invalidArgument) {
            try await service.setRole(.owner, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        }
        await expectRefusal(.invalidArgument) {
            try await service.setRole(.reader, of: Principal(""), in: fixture.capsule, by: fixture.anna)
        }
        #expect(try await service.capsule(fixture.capsule, by: fixture.anna).role(of: fixture.rita) == .reader)
    }

    @Test func `members leave by themselves, and remove nobody else`() async throws {
        let fixture = try await Fixture()
        let service = fixture.service
        for (caller, other) in [(fixture.rita, fixture.ben), (fixture.ben, fixture.rita), (fixture.ben, fixture.anna)] {
            await expectRefusal(with: .forbidden(needs: .owner)) {
                try await service.setRole(nil, of: other, in: fixture.capsule, by: caller)
            }
        }
        await expectRefusal(with: .forbidden(needs: .owner)) {
            try await service.setRole(.writer, of: fixture.rita, in: fixture.capsule, by: fixture.rita)
        }
        for member in [fixture.rita, fixture.ben] {
            try await service.setRole(nil, of: member, in: fixture.capsule, by: member)
            await expectRefusal(with: .notFound(.capsule)) { try await service.capsule(fixture.capsule, by: member) }
            await expectRefusal(with: .notFound(.capsule)) {
                try await service.setRole(nil, of: member, in: fixture.capsule, by: member)
            }
        }
        await expectRefusal(with: .notFound(.capsule)) {
            try await service.setRole(nil, of: fixture.mallory, in: fixture.capsule, by: fixture.mallory)
        }
        let capsule = try await service.capsule(fixture.capsule, by: fixture.anna)
        #expect(capsule.writers.isEmpty && capsule.readers.isEmpty)
    }

    @Test func `names of members have no control characters`() async throws {
        let fixture = try await Fixture()
        for name in ["a\nb", "\0", "\u{7F}", "\u{85}", "a\u{1B}[2J"] {
            await expectRefusal(.invalidArgument) {
                try await fixture.service.setRole(.reader, of: Principal(name), in: fixture.capsule, by: fixture.anna)
            }
            try await fixture.service.setRole(nil, of: Principal(name), in: fixture.capsule, by: fixture.anna)
        }
        try await fixture.service.setRole(.reader, of: Principal("zoë 🌊"), in: fixture.capsule, by: fixture.anna)
    }

    @Test func `members, titles and names have their limits`() async throws {
        let fixture = try await Fixture { limits in
            limits.membersMax = 3
            limits.titleBytesMax = 10
            limits.principalBytesMax = 8
        }
        let service = fixture.service
        try await service.setRole(.reader, of: Principal("carl"), in: fixture.capsule, by: fixture.anna)
        await expectLimit(.members, 3) {
            try await service.setRole(.reader, of: Principal("dora"), in: fixture.capsule, by: fixture.anna)
        }
        try await service.setRole(.writer, of: Principal("carl"), in: fixture.capsule, by: fixture.anna)
        try await service.setRole(nil, of: Principal("carl"), in: fixture.capsule, by: fixture.anna)
        try await service.setRole(.reader, of: Principal("dora1234"), in: fixture.capsule, by: fixture.anna)
        await expectLimit(.principalBytes, 8) {
            try await service.setRole(.reader, of: Principal("dora12345"), in: fixture.capsule, by: fixture.anna)
        }
        _ = try await service.createCapsule(title: "0123456789", by: fixture.ben)
        await expectLimit(.titleBytes, 10) { try await service.createCapsule(title: "01234567890", by: fixture.ben) }
    }

    @Test func `capsules are listed for everybody with a role, a page at a time`() async throws {
        let fixture = try await Fixture()
        var ids = [fixture.capsule]
        for number in 0..<4 {
            fixture.clock.advance(milliseconds: 1)
            ids.append(try await fixture.service.createCapsule(title: "\(number)", by: fixture.ben).id)
        }
        var listed: [CapsuleId] = []
        while true {
            let page = try await fixture.service.capsules(after: listed.last, limit: 2, by: fixture.ben)
            if page.isEmpty { break }
            listed += page.map(\.id)
        }
        #expect(listed == ids)
        #expect(try await fixture.service.capsules(by: fixture.rita).map(\.id) == [fixture.capsule])
        #expect(try await fixture.service.capsules(by: fixture.mallory).isEmpty)
    }

    @Test func `names that only look alike are other people`() async throws {
        let fixture = try await Fixture()
        let (composed, decomposed) = (Principal("Ren\u{e9}"), Principal("Rene\u{301}"))
        #expect(composed != decomposed)
        try await fixture.service.setRole(.reader, of: composed, in: fixture.capsule, by: fixture.anna)
        _ = try await fixture.service.capsule(fixture.capsule, by: composed)
        await expectRefusal(.notFound) { try await fixture.service.capsule(fixture.capsule, by: decomposed) }
    }
}
