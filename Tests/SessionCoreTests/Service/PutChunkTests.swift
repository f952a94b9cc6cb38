import SessionCore
import Testing

@Suite struct PutChunkTests {
    private let a: [UInt8] = Array(0..<10)
    private let b: [UInt8] = Array(10..<20)
    private let tail: [UInt8] = Array(20..<25)

    @Test("a chunk is written through at its offset")
    func writtenThrough() {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25))
        #expect(fixture.put(id, 1, b) == .durable)
        #expect(fixture.sink.writes == [SinkWrite(offset: 10, bytes: b)])
        #expect(fixture.service.receivedCount(id) == 1)
    }

    @Test(
        "chunks in any order make the whole, the last one short",
        arguments: [
            [0, 1, 2], [2, 1, 0], [1, 2, 0],
        ] as [[UInt64]])
    func anyOrder(order: [UInt64]) throws {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25))
        for index in order { #expect(fixture.put(id, index, [a, b, tail][Int(index)]) == .durable) }
        #expect(fixture.sink.content == Array(0..<25))
        #expect(fixture.sink.writes.map(\.offset) == order.map { $0 * 10 })
        #expect(try fixture.session(id).isComplete)
        #expect(try !fixture.session(id).hasWriters)
    }

    @Test("a repeated chunk is known to be durable and is not written again")
    func repeated() throws {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25))
        #expect(fixture.put(id, 0, a) == .durable)
        #expect(fixture.put(id, 0, a) == .refused(.alreadyDurable))
        #expect(fixture.put(id, 0, b) == .refused(.alreadyDurable))
        #expect(fixture.sink.writes == [SinkWrite(offset: 0, bytes: a)])
        #expect(fixture.service.receivedCount(id) == 1)
        #expect(try !fixture.session(id).hasWriters)
    }

    @Test("a chunk of the wrong size, or out of range, is refused before the sink")
    func refused() {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25))
        #expect(fixture.put(id, 0, Array(a.dropLast())) == .refused(.wrongSize(expected: 10, actual: 9)))
        #expect(fixture.put(id, 0, a + [1]) == .refused(.wrongSize(expected: 10, actual: 11)))
        #expect(fixture.put(id, 0, []) == .refused(.wrongSize(expected: 10, actual: 0)))
        #expect(fixture.put(id, 2, a) == .refused(.wrongSize(expected: 5, actual: 10)))
        #expect(fixture.put(id, 3, a) == .refused(.indexOutOfRange(index: 3, count: 3)))
        #expect(fixture.put(id, .max, a) == .refused(.indexOutOfRange(index: .max, count: 3)))
        #expect(fixture.sink.writes == [])
        #expect(fixture.service.receivedCount(id) == 0)
    }

    @Test("an append has no chunks to put")
    func wrongLayout() {
        var fixture = Fixture()
        let id = fixture.begin(.append(length: 25))
        #expect(fixture.put(id, 0, a) == .refused(.wrongLayout))
        #expect(fixture.sink.writes == [])
    }

    @Test("a failed write leaves the chunk missing, and it can be put again")
    func failedSink() throws {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25))
        #expect(fixture.putFailing(id, 0, a) == .failed(.diskFull))
        #expect(fixture.service.receivedCount(id) == 0)
        #expect(try !fixture.session(id).hasWriters)
        #expect(throws: SessionError.incomplete(missing: 3)) { try fixture.service.finish(id) }
        #expect(fixture.put(id, 0, a) == .durable)
        #expect(fixture.sink.writes == [SinkWrite(offset: 0, bytes: a)])
    }

    @Test("a failing sink is not asked about a chunk that is durable or refused")
    func failingSinkUntouched() {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25))
        #expect(fixture.put(id, 0, a) == .durable)
        #expect(fixture.putFailing(id, 0, a) == .refused(.alreadyDurable))
        #expect(fixture.putFailing(id, 9, a) == .refused(.indexOutOfRange(index: 9, count: 3)))
    }

    @Test("a put takes over from a claim of the same chunk and leaves others alone")
    func takesOver() throws {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: 25))
        let same = try fixture.service.update(id) { session throws(SessionError) in
            try session.claimChunk(0, byteCount: nil).claim
        }
        let other = try fixture.service.update(id) { session throws(SessionError) in
            try session.claimChunk(1, byteCount: nil).claim
        }
        #expect(fixture.put(id, 0, a) == .durable)
        let session = try fixture.session(id)
        #expect(try !session.holds(#require(same).token))
        #expect(try session.holds(#require(other).token))
    }

    @Test("without a known length a short chunk declares it")
    func unknownLength() throws {
        var fixture = Fixture()
        let id = fixture.begin(.chunks(of: 10, length: nil))
        #expect(fixture.put(id, 2, tail) == .durable)
        #expect(try fixture.session(id).spec.expectedBytes == 25)
        #expect(fixture.put(id, 1, b) == .durable)
        #expect(fixture.put(id, 0, a) == .durable)
        try fixture.service.finish(id)
        #expect(fixture.sink.content == Array(0..<25))
    }

    @Test("a session that has ended takes no chunk", arguments: SessionStatus.endings)
    func ended(status: SessionStatus) {
        var fixture = Fixture()
        fixture.service.adopt(.recorded(.chunks(of: 10, length: 25), status: status, id: .number(1)))
        #expect(fixture.put(.number(1), 0, a) == .refused(.ended(status)))
        #expect(fixture.sink.writes == [])
    }

    @Test("a chunk counts as a use of the session, a refused one does not")
    func use() throws {
        var fixture = Fixture(now: 100)
        let id = fixture.begin(.chunks(of: 10, length: 25))
        func lastSeen() throws -> Int64 { try fixture.session(id).meta.lastSeen.milliseconds }
        fixture.clock.set(200)
        #expect(fixture.put(id, 9, a) == .refused(.indexOutOfRange(index: 9, count: 3)))
        #expect(try lastSeen() == 100)
        #expect(fixture.put(id, 0, a) == .durable)
        #expect(try lastSeen() == 200)
        fixture.clock.set(300)
        #expect(fixture.put(id, 0, a) == .refused(.alreadyDurable))
        #expect(try lastSeen() == 300)
        #expect(try fixture.session(id).meta.createdAt.milliseconds == 100)
    }
}
