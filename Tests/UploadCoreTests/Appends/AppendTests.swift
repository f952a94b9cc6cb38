import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct AppendTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `bytes are appended at the offset, which each answer tells`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(25)
        let id = try await fixture.begin(.append, length: 25)
        #expect(try await fixture.service.append(id, at: 0, bytes[..<7], by: fixture.ben) == 7)
        #expect(try await fixture.service.append(id, at: 7, bytes[7..<8], by: fixture.ben) == 8)
        #expect(try await fixture.service.append(id, at: 8, bytes[8...], by: fixture.ben) == 25)
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
        #expect(try await fixture.read(id) == bytes)
    }

    @Test(arguments: [0, 6, 8, 25, UInt64.max])
    func `another offset is refused with the right one, and changes nothing`(_ offset: UInt64) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 25)
        try await fixture.service.append(id, at: 0, content(7), by: fixture.ben)
        let error = await expectRefusal(.offsetMismatch) {
            try await fixture.service.append(id, at: offset, content(3), by: fixture.ben)
        }
        #expect(error?["offset"] == .number(7))
        #expect(error?["given"] == .number(offset))
        #expect(try await fixture.sessions.get(id).session.offset == 7)
    }

    @Test func `nothing at all may be appended`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 5)
        #expect(try await fixture.service.append(id, at: 0, [], by: fixture.ben) == 0)
        #expect(try await fixture.service.append(id, at: 0, content(5), by: fixture.ben) == 5)
        #expect(try await fixture.service.append(id, at: 5, [], by: fixture.ben) == 5)
    }

    @Test func `bytes past the length are refused, and none of them is written`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 25)
        try await fixture.service.append(id, at: 0, content(20), by: fixture.ben)
        await expectRefusal(with: .sizeMismatch(expected: 5, actual: 6)) {
            try await fixture.service.append(id, at: 20, content(6), by: fixture.ben)
        }
        #expect(try await fixture.sessions.get(id).session.offset == 20)
        #expect(try await fixture.stored() == (1, 20))
        try await fixture.service.append(id, at: 20, content(5), by: fixture.ben)
        await expectRefusal(.sizeMismatch) { try await fixture.service.append(id, at: 25, [1], by: fixture.ben) }
    }

    @Test func `an append of unknown length grows to the limit of an upload's bytes and no further`() async throws {
        let fixture = try await Fixture { $0.uploadBytesMax = 100 }
        let id = try await fixture.begin(.append)
        #expect(try await fixture.service.append(id, at: 0, content(100), by: fixture.ben) == 100)
        await expectLimit(.uploadBytes, 100) { try await fixture.service.append(id, at: 100, [1], by: fixture.ben) }
        let other = try await fixture.begin(.append)
        await expectLimit(.uploadBytes, 100) {
            try await fixture.service.append(other, at: 0, content(101), by: fixture.ben)
        }
        #expect(try await fixture.service.commit(id, by: fixture.ben).session.spec.expectedBytes == 100)
    }

    @Test func `a checkpoint makes what was written durable and tells the offset`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(5))
        #expect(try await fixture.sessions.get(id).session.offset == 0)
        #expect(try await writer.checkpoint() == 5)
        #expect(try await writer.checkpoint() == 5)
        #expect(try await fixture.reopened().sessions.get(id).session.offset == 5)
        try await writer.write(content(3, from: 5))
        #expect(try await writer.complete() == 8)
    }

    @Test func `an append is checkpointed by itself every so many bytes`() async throws {
        let fixture = try await Fixture { $0.checkpointBytes = 1 << 16 }
        let id = try await fixture.begin(.append)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content((1 << 16) - 1))
        #expect(try await fixture.sessions.get(id).session.offset == 0)
        try await writer.write(content(1))
        #expect(try await fixture.reopened().sessions.get(id).session.offset == 1 << 16)
        await writer.cancel()
    }

    @Test func `a slow append is checkpointed by itself every two seconds of receiving`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        func recorded() async throws -> UInt64 { try await fixture.reopened().sessions.get(id).session.offset }
        try await writer.write(content(5))
        fixture.clock.advance(milliseconds: 1999)
        try await writer.write(content(1, from: 5))
        #expect(try await recorded() == 0)
        fixture.clock.advance(milliseconds: 1)
        try await writer.write(content(1, from: 6))
        #expect(try await recorded() == 7)
        // The next interval begins with the checkpoint.
        fixture.clock.advance(milliseconds: 1999)
        try await writer.write(content(1, from: 7))
        #expect(try await recorded() == 7)
        await writer.cancel()
    }

    @Test func `an append starts nowhere once the upload has ended`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 0)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        await expectRefusal(.committed) { try await fixture.service.append(id, at: 0, [], by: fixture.ben) }
        let aborted = try await fixture.begin(.append)
        try await fixture.sessions.abort(aborted)
        await expectRefusal(.gone) { try await fixture.service.append(aborted, at: 0, [1], by: fixture.ben) }
    }
}
