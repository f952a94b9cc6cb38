import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct CapsuleTests {
    @Test func `a capsule belongs to who made it`() async throws {
        let bench = try await Bench()
        let capsule = try await bench.service.createCapsule(title: "garden", by: bench.ben)
        #expect(capsule.owner == bench.ben && capsule.title == "garden" && capsule.createdAt == bench.clock.now())
        #expect(try await bench.service.capsule(capsule.id, by: bench.ben) == capsule)
        await expectRefusal(with: .notFound(.capsule)) { try await bench.service.capsule(capsule.id, by: bench.anna) }
    }

    @Test func `the default capsule is made once for each`() async throws {
        let bench = try await Bench()
        let first = try await bench.service.defaultCapsule(of: bench.ben)
        #expect(try await bench.service.defaultCapsule(of: bench.ben) == first)
        #expect(try await bench.reopened().defaultCapsule(of: bench.ben) == first)
        #expect(try await bench.service.defaultCapsule(of: bench.anna).id != first.id)
        for _ in 0..<2 { #expect(try await bench.service.defaultCapsuleId(of: bench.ben) == first.id) }
        #expect(try await bench.service.defaultCapsuleId(of: bench.anna) != first.id)
    }

    @Test func `roles include those before them`() async throws {
        let bench = try await Bench()
        let capsule = try await bench.service.capsule(bench.capsule, by: bench.anna)
        #expect(capsule.role(of: bench.anna) == .owner && capsule.role(of: bench.ben) == .writer)
        #expect(capsule.role(of: bench.rita) == .reader && capsule.role(of: bench.mallory) == nil)
        for (principal, held) in [(bench.anna, 3), (bench.ben, 2), (bench.rita, 1)] {
            for role in [Role.reader, .writer, .owner] {
                let refusal = await outcome { try capsule.require(role, of: principal) }
                #expect(refusal == (role.rawValue <= held ? nil : .forbidden))
            }
        }
        #expect(await outcome { try capsule.require(.reader, of: bench.mallory) } == .notFound)
    }

    @Test func `only the owner gives roles, and the owner stays the owner`() async throws {
        let bench = try await Bench()
        let service = bench.service
        await expectRefusal(with: .forbidden(needs: .owner)) {
            try await service.setRole(.writer, of: bench.rita, in: bench.capsule, by: bench.ben)
        }
        await expectRefusal(with: .notFound(.capsule)) {
            try await service.setRole(.writer, of: bench.mallory, in: bench.capsule, by: bench.mallory)
        }
        await expectRefusal(.invalidArgument) {
            try await service.setRole(.reader, of: bench.anna, in: bench.capsule, by: bench.anna)
        }
        await expectRefusal(.invalidArgument) {
            try await service.setRole(nil, of: bench.anna, in: bench.capsule, by: bench.anna)
        }
        await expectRefusal(.invalidArgument) {
            try await service.setRole(.owner, of: bench.ben, in: bench.capsule, by: bench.anna)
        }
        await expectRefusal(.invalidArgument) {
            try await service.setRole(.reader, of: Principal(""), in: bench.capsule, by: bench.anna)
        }
        #expect(try await service.capsule(bench.capsule, by: bench.anna).role(of: bench.rita) == .reader)
    }

    @Test func `members, titles and names have their limits`() async throws {
        let bench = try await Bench { limits in
            limits.membersMax = 3
            limits.titleBytesMax = 10
            limits.principalBytesMax = 8
        }
        let service = bench.service
        try await service.setRole(.reader, of: Principal("carl"), in: bench.capsule, by: bench.anna)
        await expectLimit(.members, 3) {
            try await service.setRole(.reader, of: Principal("dora"), in: bench.capsule, by: bench.anna)
        }
        try await service.setRole(.writer, of: Principal("carl"), in: bench.capsule, by: bench.anna)
        try await service.setRole(nil, of: Principal("carl"), in: bench.capsule, by: bench.anna)
        try await service.setRole(.reader, of: Principal("dora1234"), in: bench.capsule, by: bench.anna)
        await expectLimit(.principalBytes, 8) {
            try await service.setRole(.reader, of: Principal("dora12345"), in: bench.capsule, by: bench.anna)
        }
        _ = try await service.createCapsule(title: "0123456789", by: bench.ben)
        await expectLimit(.titleBytes, 10) { try await service.createCapsule(title: "01234567890", by: bench.ben) }
    }

    @Test func `capsules are listed for everybody with a role, a page at a time`() async throws {
        let bench = try await Bench()
        var ids = [bench.capsule]
        for number in 0..<4 {
            bench.clock.advance(milliseconds: 1)
            ids.append(try await bench.service.createCapsule(title: "\(number)", by: bench.ben).id)
        }
        var listed: [CapsuleId] = []
        while true {
            let page = try await bench.service.capsules(after: listed.last, limit: 2, by: bench.ben)
            if page.isEmpty { break }
            listed += page.map(\.id)
        }
        #expect(listed == ids)
        #expect(try await bench.service.capsules(by: bench.rita).map(\.id) == [bench.capsule])
        #expect(try await bench.service.capsules(by: bench.mallory).isEmpty)
    }

    @Test func `names that only look alike are other people`() async throws {
        let bench = try await Bench()
        let (composed, decomposed) = (Principal("Ren\u{e9}"), Principal("Rene\u{301}"))
        #expect(composed != decomposed)
        try await bench.service.setRole(.reader, of: composed, in: bench.capsule, by: bench.anna)
        _ = try await bench.service.capsule(bench.capsule, by: composed)
        await expectRefusal(.notFound) { try await bench.service.capsule(bench.capsule, by: decomposed) }
    }
}
